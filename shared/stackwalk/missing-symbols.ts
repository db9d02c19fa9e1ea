// Which symbols a stack walk lacked, and where they were looked for.
import { baseName } from '../text/base-name.ts'
import type { Frame } from '../unwind/frame.ts'
import type { WalkedDump } from './walked-dump.ts'

/**
 * One line per module of a frame without symbols, in the order of the frames, and per symbol file or source that failed;
 * one line in all when there are no places. Empty when nothing was missing.
 * @param places folders, files and URLs as the user named them
 * @param brief only modules of the crashing thread
 */
export function missingSymbols(
  walked: WalkedDump,
  places: readonly string[],
  options: { brief?: boolean } = {},
): string[] {
  const { threads, requestingThread, symbols, dump } = walked
  const shown = options.brief ? threads.filter((_, index) => index === requestingThread) : threads
  const frames = shown.flatMap((thread): readonly Frame[] => thread.frames)
  const modules = new Set(frames.map(({ module }) => module).filter((module) => module >= 0))
  if (places.length === 0)
    return modules.size === 0 ? [] : ['no symbols were given: name a folder, file or URL with --symbols']
  const lines = [...modules].map((index) => {
    const { table, failure } = symbols.get(index) ?? { table: null, failure: null }
    if (failure !== null) return failure
    if (table) return null
    const { debugFile, debugId, codeFile, codeId } = dump.modules.list[index]!
    const name = [baseName(debugFile || codeFile), debugId || codeId || 'without ID'].join(' ')
    return `no symbols for ${name} (looked in ${places.join(', ')})`
  })
  return [...new Set(lines)].filter((line) => line !== null)
}
