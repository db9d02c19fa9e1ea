// Writes the indexes of symbol files that the edge has not indexed itself.
import { parseWantedIndexKey, wantedIndexPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { symbolPath } from '../../shared/symbols/sources/symbol-path.ts'
import { indexFile } from './index-file.ts'

/**
 * Costs one LIST when nothing is wanted. A file that cannot be used gets an index without symbols, marked as corrupt.
 * @param onIndexed called for each file
 */
export async function indexWanted(symbols: Storage, onIndexed: () => void): Promise<{ indexed: number }> {
  let indexed = 0
  for await (const { key } of symbols.list(wantedIndexPrefix)) {
    const wanted = parseWantedIndexKey(key)
    const [name, id, leaf] = (wanted && symbolPath({ ...wanted, codeFile: '', codeId: '' })?.split('/')) ?? []
    const isNamed = name !== undefined && id !== undefined && leaf !== undefined
    if (wanted && isNamed && (await indexFile(symbols, { name, id, leaf }, wanted.isTry))) {
      indexed++
      onIndexed()
    }
    await symbols.delete(key)
  }
  return { indexed }
}
