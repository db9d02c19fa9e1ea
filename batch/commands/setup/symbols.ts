// `mayday symbols`: its subcommands. `dump` is called for each file of a build, so it starts without loading the others.
import type { Command } from 'commander'
import { buildDump } from './symbols-dump.ts'

export async function build(command: Command, wanted?: string): Promise<void> {
  buildDump(command)
  if (wanted === 'dump') return
  const [{ buildSymbolFiles }, { buildSymbolStore }] = await Promise.all([
    import('./symbol-files.ts'),
    import('./symbol-store.ts'),
  ])
  buildSymbolFiles(command)
  buildSymbolStore(command)
}
