// Writes the index of a stored symbol file.
import { isCrashError } from '../../shared/errors.ts'
import { symbolFileKey, symdexKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { FilePath } from '../../shared/symbol-store/file-path.ts'
import { gunzipNow } from '../../shared/symbols/sources/folder.node.ts'
import { maxSymbolBytes } from '../../shared/symbols/sources/symbol-files.ts'
import { deflatePage } from '../../shared/symbols/sources/symdex-cache.node.ts'
import { parseSymFile } from '../../shared/symbols/sym/parse.ts'
import { buildSymdex } from '../../shared/symbols/symdex/writer.ts'

/**
 * Holds the whole text. A file that cannot be used gets an index without symbols, marked as corrupt.
 * @param path with debug file and debug ID
 * @returns false when the file does not exist
 */
export async function indexFile(symbols: Storage, path: FilePath, isTry: boolean): Promise<boolean> {
  const object = await symbols.get(symbolFileKey(path, isTry))
  if (!object) return false
  await symbols.put(symdexKey(path.name, path.id, isTry), indexOf(await object.bytes()))
  return true
}

function indexOf(bytes: Uint8Array): Uint8Array {
  try {
    return buildSymdex(parseSymFile(gunzipNow(bytes, maxSymbolBytes)), deflatePage)
  } catch (error) {
    if (!isCrashError(error)) throw error
    return buildSymdex(parseSymFile(new Uint8Array(0)), deflatePage)
  }
}
