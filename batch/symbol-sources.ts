// Where batch finds symbols: folders and, in order, what else `--symbols` names.
import { folderSource } from '../shared/symbols/folder-source.node.ts'
import {
  firstSource,
  noSymbols,
  rememberingSource,
  type SymbolSource,
} from '../shared/symbols/symbol-source.ts'
import type { Bytes } from '../shared/units.ts'

/** Memory for symbols that stay loaded, unless said otherwise. */
export const defaultSymbolMemory: Bytes = 512 * 1024 * 1024

/** One source over folders and URLs in their order, which remembers what it loaded. */
export function openSymbolSources(places: readonly string[], maxBytes = defaultSymbolMemory): SymbolSource {
  if (places.length === 0) return noSymbols
  return rememberingSource(firstSource(places.map((place) => folderSource(place))), { maxBytes })
}
