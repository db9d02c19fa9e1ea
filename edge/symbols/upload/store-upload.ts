// Stores the files of one upload, and records it: for late symbols, for the audit, in the metrics.
import pMap from 'p-map'
import { isCrashError } from '../../../shared/errors.ts'
import { wantedIndexKey } from '../../../shared/keys.ts'
import { recordArrival } from '../../../shared/symbols/arrivals.ts'
import { maxSymbolBytes } from '../../../shared/symbols/sources/symbol-files.ts'
import type { FilePath } from '../../../shared/symbol-store/file-path.ts'
import { storeFile, type StoredFile } from '../../../shared/symbol-store/store-file.ts'
import type { Holder } from '../../access/token-source.ts'
import type { SymbolServer } from '../context.ts'

export interface FileToStore {
  path: FilePath
  open(): AsyncIterable<Uint8Array>
  expected?: { size: number; md5: string }
}

export interface Upload {
  id: number
  holder: Pick<Holder, 'label' | 'tokenId'>
  isTry: boolean
}

export interface UploadResult {
  stored: StoredFile[]
  refused: { key: string; reason: string }[]
}

export const keyText = ({ name, id, leaf }: FilePath): string => `${name}/${id}/${leaf}`

/** Unique, and in the order of time. */
export const newUploadId = ({ deps }: SymbolServer): number =>
  deps.now().getTime() * 1000 + Math.floor(deps.random() * 1000)

/** Each needs a part and a block of memory. */
const filesAtOnce = 2

/** A file in an archive that is read from front to back is stored before the next one is requested. */
export type FilesToStore = Iterable<FileToStore> | AsyncIterable<FileToStore>

/** Stores files; a file that is refused does not affect the others. @throws CrashError 'storage'; errors of the files */
export async function storeUpload(
  files: FilesToStore,
  upload: Upload,
  server: SymbolServer,
): Promise<UploadResult> {
  const { deps } = server
  const result: UploadResult = { stored: [], refused: [] }
  const tools = { symbols: deps.stores.symbols, codecs: deps.codecs }
  const storeOne = async ({ path, open, expected }: FileToStore) => {
    const file = { path, isTry: upload.isTry, content: open(), maxBytes: maxSymbolBytes }
    try {
      result.stored.push(await storeFile(expected ? { ...file, expected } : file, tools))
    } catch (error) {
      if (!isCrashError(error) || error.code === 'storage') throw error
      result.refused.push({ key: keyText(path), reason: error.message })
    }
  }
  try {
    await pMap(files, storeOne, { concurrency: Symbol.asyncIterator in files ? 1 : filesAtOnce })
  } finally {
    await record(result, upload, server)
  }
  return result
}

async function record(
  { stored, refused }: UploadResult,
  upload: Upload,
  server: SymbolServer,
): Promise<void> {
  const { deps, missingFiles } = server
  for (const { outcome } of stored) deps.metrics.record('symbol_files_total', 1, { outcome })
  deps.metrics.record('symbol_files_total', refused.length, { outcome: 'refused' })
  const changed = stored.filter(({ outcome }) => outcome !== 'same')
  if (changed.length === 0) return
  missingFiles.clear()
  const modules = changed.flatMap(({ module }) => (module && !upload.isTry ? [module] : []))
  const arrived = modules.map((module) => ({
    debug_file: module.debugFile,
    debug_id: module.debugId,
    code_file: module.codeFile,
    code_id: module.codeId,
  }))
  await markForIndexing(changed, upload, server)
  if (arrived.length > 0) await recordArrival(deps.stores.symbols, arrived, deps.now())
  audit(changed, upload, server)
}

/** The next round of `mayday run` writes the indexes, unless symbolication needs them earlier. */
async function markForIndexing(
  changed: readonly StoredFile[],
  { isTry }: Upload,
  { deps }: SymbolServer,
): Promise<void> {
  for (const { module, path } of changed) {
    if (module?.debugId !== path.id) continue
    await deps.stores.symbols.put(wantedIndexKey(path.name, path.id, isTry), new Uint8Array(0))
  }
}

function audit(changed: readonly StoredFile[], { id, holder, isTry }: Upload, { deps }: SymbolServer): void {
  const storage = isTry ? 'try' : 'regular'
  const action = 'upload_symbols'
  const detail = `${changed.length} files in the ${storage} storage, the first ${keyText(changed[0]!.path)}`
  deps.audit.record(holder, { action, subject: `upload ${id}`, detail })
  for (const { path, outcome, md5, formerMd5 } of changed) {
    if (outcome !== 'replaced') continue
    const former = formerMd5 === null ? 'other content' : `content with MD5 ${formerMd5}`
    deps.audit.record(holder, {
      action,
      subject: keyText(path),
      detail: `upload ${id} replaced ${former} by MD5 ${md5}`,
    })
  }
}
