// Writes the indexes of large symbol files that the edge asked for.
import { baseName } from '../../shared/base-name.ts'
import { isCrashError } from '../../shared/errors.ts'
import { parseWantedIndexKey, symbolFileKey, symdexKey, wantedIndexPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { gunzipNow } from '../../shared/symbols/sources/folder.node.ts'
import { maxSymbolBytes } from '../../shared/symbols/sources/symbol-files.ts'
import { symbolPath } from '../../shared/symbols/sources/symbol-path.ts'
import { deflatePage } from '../../shared/symbols/sources/symdex-cache.node.ts'
import { parseSymFile } from '../../shared/symbols/sym/parse.ts'
import { buildSymdex } from '../../shared/symbols/symdex/writer.ts'

/**
 * Costs one LIST when nothing is wanted. A file that cannot be used gets an index without symbols, marked as corrupt.
 * @param onIndexed called for each file
 */
export async function indexWanted(symbols: Storage, onIndexed: () => void): Promise<{ indexed: number }> {
  let indexed = 0
  for await (const { key } of symbols.list(wantedIndexPrefix)) {
    const wanted = parseWantedIndexKey(key)
    const bytes = wanted && (await readFile(symbols, wanted))
    if (bytes) {
      const { debugFile, debugId, isTry } = wanted
      await symbols.put(symdexKey(baseName(debugFile), debugId, isTry), indexOf(bytes))
      indexed++
      onIndexed()
    }
    await symbols.delete(key)
  }
  return { indexed }
}

type Wanted = NonNullable<ReturnType<typeof parseWantedIndexKey>>

async function readFile(symbols: Storage, wanted: Wanted): Promise<Uint8Array | null> {
  const path = symbolPath({ ...wanted, codeFile: '', codeId: '' })
  const [name, id, leaf] = path?.split('/') ?? []
  if (name === undefined || id === undefined || leaf === undefined) return null
  return (await symbols.get(symbolFileKey({ name, id, leaf }, wanted.isTry)))?.bytes() ?? null
}

function indexOf(bytes: Uint8Array): Uint8Array {
  try {
    return buildSymdex(parseSymFile(gunzipNow(bytes, maxSymbolBytes)), deflatePage)
  } catch (error) {
    if (!isCrashError(error)) throw error
    return buildSymdex(parseSymFile(new Uint8Array(0)), deflatePage)
  }
}
