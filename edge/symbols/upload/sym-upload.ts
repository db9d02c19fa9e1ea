// The protocols of Breakpad's `sym_upload` and `symupload` (src/common/linux/symbol_upload.cc,
// symbol_collector_client.cc). Their clients read answers by regular expressions, and have no credential but a key in the
// URL.
import { baseName } from '../../../shared/text/base-name.ts'
import { gunzipPieces } from '../../../shared/codecs/gunzip-pieces.ts'
import { isCrashError } from '../../../shared/errors.ts'
import { symbolFileKey } from '../../../shared/keys.ts'
import { stagingKey } from '../../../shared/storage/put-stream.ts'
import { sniffDebugFile } from '../../../shared/symbol-store/debug-store.ts'
import { type FilePath, parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import { readSymbolHead, symbolHeadOf } from '../../../shared/symbol-store/symbol-head.ts'
import { symbolPath } from '../../../shared/symbols/sources/symbol-path.ts'
import { protectedHeaders } from '../../access/denial.ts'
import { plainAnswer } from '../../lib/http.ts'
import { mount } from '../answers.ts'
import type { SymbolServer } from '../context.ts'
import { withBody } from './body.ts'
import { readForm } from './form.ts'
import { publicOrigin } from './public-origin.ts'
import { UploadRefused } from './refused.ts'
import { inStorage, type Staged } from './staged.ts'
import { type FileToStore, newUploadId, placedFile, storeUpload, type Upload } from './store-upload.ts'
import { readTicket, writeTicket } from './ticket.ts'
import { requireUploader, storageFor } from './uploader.ts'

const keyOf = (request: Request) => new URL(request.url).searchParams.get('key') ?? undefined

/** Clients find a member as `"name": "value"`, with one space. */
const answer = (value: object): Response =>
  plainAnswer(JSON.stringify(value, null, 1), 200, {
    'content-type': 'application/json',
    'cache-control': protectedHeaders['cache-control'],
  })

async function newUpload(request: Request, server: SymbolServer): Promise<Upload> {
  const holder = await requireUploader(request, server, keyOf(request))
  return { id: newUploadId(server), holder, isTry: storageFor(holder) ?? false }
}

/** Version 1: POST of a form with the file and what its MODULE record states. Clients expect exactly 200. */
export async function uploadForm(request: Request, server: SymbolServer): Promise<Response> {
  const upload = await newUpload(request, server)
  return withBody(request, server.deps, async (pieces) => {
    const { fields, file } = await readForm(request, pieces, server.deps.stores.symbols)
    if (!file) throw new UploadRefused(400, 'The form has no file "symbol_file"')
    try {
      const names = { file: fields.get('debug_file'), id: fields.get('debug_identifier') }
      const { key } = await storeStaged(file.content, { upload, server, names })
      return plainAnswer(`Stored ${key}\n`)
    } finally {
      await file.content.remove()
    }
  })
}

/** Version 2, step 1: whether a module's symbols are stored. */
export async function checkStatus(
  request: Request,
  { name, id }: { name: string; id: string },
  server: SymbolServer,
): Promise<Response> {
  const { isTry } = await newUpload(request, server)
  const path = pathOf(name, id.replaceAll('-', ''))
  const info = path && (await server.deps.stores.symbols.head(symbolFileKey(path, isTry)))
  return answer({ status: info ? 'FOUND' : 'MISSING' })
}

/** Version 2, step 2: where to send the file. */
export async function createUploadUrl(request: Request, server: SymbolServer): Promise<Response> {
  const upload = await newUpload(request, server)
  const uploadKey = writeTicket(request, server.deps, { use: 'sym-upload', upload })
  const uploadUrl = `${publicOrigin(request, server.deps)}${mount}/v1/uploads/${uploadKey}`
  return withBody(request, server.deps, async () => answer({ uploadUrl, uploadKey }))
}

const stagedName = ({ id }: Upload) => `sym-upload-${id}`

/** Version 2, step 3: the file. Clients expect exactly 200. */
export async function putSymbols(request: Request, ticket: string, server: SymbolServer): Promise<Response> {
  const { upload } = readTicket(ticket, request, { deps: server.deps, use: 'sym-upload' })
  return withBody(request, server.deps, async (pieces) => {
    await server.deps.stores.symbols.putStream(stagingKey(stagedName(upload)), pieces, {})
    return plainAnswer('')
  })
}

/** Version 2, step 4: checks and stores the file. */
export async function completeUpload(
  request: Request,
  ticket: string,
  server: SymbolServer,
): Promise<Response> {
  const { deps } = server
  await requireUploader(request, server, keyOf(request))
  const { upload } = readTicket(ticket, request, { deps, use: 'sym-upload' })
  return withBody(request, deps, async (pieces) => {
    const names = await readCompletion(pieces)
    const info = await deps.stores.symbols.head(stagingKey(stagedName(upload)))
    if (!info) throw new UploadRefused(400, 'The file has not been sent, or was stored already')
    const staged = inStorage(deps.stores.symbols, info.key, info.size)
    const { isSame } = await storeStaged(staged, { upload, server, names })
    await staged.remove()
    return answer({ result: isSame ? 'DUPLICATE_DATA' : 'OK' })
  })
}

const maxCompletionBytes = 16 * 1024

/** Clients send what is almost JSON: keys without quotes, values without escapes. */
async function readCompletion(pieces: AsyncIterable<Uint8Array>) {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of pieces)
    if (text.length < maxCompletionBytes) text += decoder.decode(piece, { stream: true })
  const find = (name: string) => new RegExp(`"?${name}"?\\s*:\\s*"([^"]*)"`).exec(text)?.[1]
  return { file: find('debug_file'), id: find('debug_id'), type: find('symbol_upload_type') }
}

const pathOf = (debugFile: string, debugId: string): FilePath | null =>
  parseFilePath(symbolPath({ debugFile, debugId: debugId.toUpperCase(), codeFile: '', codeId: '' }) ?? '')

interface Target {
  upload: Upload
  server: SymbolServer
  /** What the client states; undefined where it states nothing. */
  names: { file?: string | undefined; id?: string | undefined; type?: string | undefined }
}

/**
 * Stores a symbol file under the name and ID of its MODULE record; a program or debug file, for its modules.
 * @throws UploadRefused
 */
async function storeStaged(staged: Staged, target: Target): Promise<{ key: string; isSame: boolean }> {
  const open = async function* () {
    yield* gunzipPieces(await staged.read(0, staged.size))
  }
  const { isDebugFile, content } = await sniffDebugFile(open())
  await content.return(undefined)
  const file = isDebugFile ? programOf(target, open) : await symbolsOf(target, open)
  const { stored, programs, refused } = await storeUpload([file], target.upload, target.server)
  if (refused[0]) throw new UploadRefused(400, refused[0].reason)
  return { key: file.key, isSame: [...stored, ...programs].every(({ outcome }) => outcome === 'same') }
}

/** What the client states about a program: the name of its debug file, and an ID of either kind. */
function programOf({ names }: Target, open: FileToStore['open']): FileToStore {
  const name = baseName(names.file ?? '') || 'program'
  const path = parseFilePath(`${name}/${names.id?.replaceAll('-', '')}/${name}`)
  return { path, name, key: name, open }
}

/** @throws UploadRefused */
async function symbolsOf({ names }: Target, open: FileToStore['open']): Promise<FileToStore> {
  if (names.type !== undefined && names.type !== 'BREAKPAD')
    throw new UploadRefused(
      400,
      `The file is neither a program nor a debug file, the request states the type ${names.type}`,
    )
  const module = await headOf(open())
  const id = names.id?.replaceAll('-', '').toUpperCase()
  if (id !== undefined && id !== module.debugId)
    throw new UploadRefused(
      400,
      `The MODULE record of the file has the ID ${module.debugId}, the request ${id}`,
    )
  if (names.file !== undefined && names.file !== module.debugFile)
    throw new UploadRefused(
      400,
      `The MODULE record of the file has the name ${module.debugFile}, the request ${names.file}`,
    )
  const path = pathOf(module.debugFile, module.debugId)
  if (!path) throw new UploadRefused(400, 'The name and ID of the MODULE record cannot be a path')
  return placedFile(path, open)
}

/** @throws UploadRefused */
async function headOf(content: AsyncIterable<Uint8Array>) {
  try {
    return readSymbolHead(await symbolHeadOf(content))
  } catch (error) {
    if (isCrashError(error) && error.code !== 'storage') throw new UploadRefused(400, error.message)
    throw error
  }
}
