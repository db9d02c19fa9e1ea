// Options for places of symbol files and the cache of their indexes.
import { join } from 'node:path'
import type { Command } from 'commander'

export interface SymbolFlags {
  symbols?: string[]
  /** A folder; false for none; absent: the default one. */
  symbolCache?: string | boolean
}

export const addSymbolOptions = (command: Command): Command =>
  command
    .option(
      '--symbols <where...>',
      'folders, programs, symbol files, or URLs (also srv:URL and debuginfod:URL), tried in this order',
    )
    .option('--symbol-cache <folder>', 'cache indexes of symbol files here (symdex in MAYDAY_CACHE)')
    .option('--no-symbol-cache', 'do not cache indexes')

/** Null for none. */
export function symbolCacheFolder({ symbolCache }: SymbolFlags, cacheDir: string): string | null {
  if (symbolCache === false) return null
  return typeof symbolCache === 'string' ? symbolCache : join(cacheDir, 'symdex')
}
