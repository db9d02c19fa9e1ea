// Stores the files of one upload, and records it: for late symbols, for the audit, in the metrics.
import pMap from 'p-map'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { wantedIndexKey } from '../../../shared/keys.ts'
import { recordArrival } from '../../../shared/symbols/arrivals.ts'
import { maxSymbolBytes } from '../../../shared/symbols/sources/symbol-files.ts'
import {
  sniffDebugFile,
  storeDebugFile,
  type StoredDebugFile,
} from '../../../shared/symbol-store/debug-store.ts'
import { type FilePath, isSymName } from '../../../shared/symbol-store/file-path.ts'
import { storeFile, type StoredFile } from '../../../shared/symbol-store/store-file.ts'
import type { Holder } from '../../access/token-source.ts'
import type { SymbolServer } from '../context.ts'

export interface FileToStore {
  /** Null for a program or debug file that the client has not named by its ID. */
  path: FilePath | null
  /** Of the file itself. */
  name: string
  /** As the answer names it. */
  key: string
  open(): AsyncIterable<Uint8Array>
  expected?: { size: number; md5: string }
}

/** A file that has a place in a symbol store. */
export const placedFile = (
  path: FilePath,
  open: FileToStore['open'],
): Pick<FileToStore, 'path' | 'name' | 'key' | 'open'> => ({
  path,
  name: path.leaf,
  key: keyText(path),
  open,
})

export interface Upload {
  id: number
  holder: Pick<Holder, 'label' | 'tokenId'>
  isTry: boolean
}

/** A program or debug file: batch makes the symbol files of its modules. */
export interface UploadedProgram extends StoredDebugFile {
  key: string
}

export interface UploadResult {
  stored: StoredFile[]
  programs: UploadedProgram[]
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
  const result: UploadResult = { stored: [], programs: [], refused: [] }
  const storeOne = async (file: FileToStore) => {
    try {
      await storeInto(result, file, upload, server)
    } catch (error) {
      if (!isCrashError(error) || error.code === 'storage') throw error
      result.refused.push({ key: file.key, reason: error.message })
    }
  }
  try {
    await pMap(files, storeOne, { concurrency: Symbol.asyncIterator in files ? 1 : filesAtOnce })
  } finally {
    await record(result, upload, server)
  }
  return result
}

/** Programs and debug files are recognized by their first bytes, not by their names. */
async function storeInto(
  { stored, programs }: UploadResult,
  { path, name, key, open, expected }: FileToStore,
  { isTry }: Upload,
  { deps }: SymbolServer,
): Promise<void> {
  const tools = { symbols: deps.stores.symbols, codecs: deps.codecs }
  const common = { isTry, maxBytes: maxSymbolBytes }
  const { isDebugFile, content } =
    path && isSymName(path.leaf) ? { isDebugFile: false, content: open() } : await sniffDebugFile(open())
  if (isDebugFile) {
    const announced = { ...expected, ...(path && { id: path.id }) }
    programs.push({
      key,
      ...(await storeDebugFile({ ...common, name, content, expected: announced }, tools)),
    })
  } else if (path) {
    const file = { ...common, path, content }
    stored.push(await storeFile(expected ? { ...file, expected } : file, tools))
  } else throw new CrashError('bad-symbols', 'It is neither a symbol file, a program nor a debug file')
}

async function record(
  { stored, programs, refused }: UploadResult,
  upload: Upload,
  server: SymbolServer,
): Promise<void> {
  const { deps } = server
  for (const { outcome } of [...stored, ...programs])
    deps.metrics.record('symbol_files_total', 1, { outcome })
  deps.metrics.record('symbol_files_total', refused.length, { outcome: 'refused' })
  const changed = stored.filter(({ outcome }) => outcome !== 'same')
  const added = programs.filter(({ outcome }) => outcome !== 'same')
  if (changed.length > 0) await announce(changed, upload, server)
  const keys = [...changed.map(({ path }) => keyText(path)), ...added.map(({ key }) => key)]
  if (keys.length > 0) auditUpload(keys, upload, server)
  auditReplaced(changed, upload, server)
}

async function announce(changed: readonly StoredFile[], upload: Upload, server: SymbolServer): Promise<void> {
  const { deps, missingFiles } = server
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

const action = 'upload_symbols'

function auditUpload(keys: readonly string[], { id, holder, isTry }: Upload, { deps }: SymbolServer): void {
  const storage = isTry ? 'try' : 'regular'
  const detail = `${keys.length} files in the ${storage} storage, the first ${keys[0]}`
  deps.audit.record(holder, { action, subject: `upload ${id}`, detail })
}

function auditReplaced(changed: readonly StoredFile[], { id, holder }: Upload, { deps }: SymbolServer): void {
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
