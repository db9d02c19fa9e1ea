// POST /symbols/upload/v2/: the client lists its files, and sends those that are missing one by one (Tecken's upload API,
// version 2). Files of any size pass, and a broken upload is resumed by sending the list again.
import * as z from 'zod/mini'
import pMap from 'p-map'
import { isCrashError } from '../../../shared/errors.ts'
import { gunzipPieces } from '../../../shared/codecs/gunzip-pieces.ts'
import { collectBytes } from '../../../shared/bytes/streams.ts'
import { check } from '../../../shared/json/schema.ts'
import { symbolFileKey } from '../../../shared/keys.ts'
import { isKept } from '../../../shared/symbol-store/debug-store.ts'
import { type FilePath, isSymName, parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import { factsOf } from '../../../shared/symbol-store/stored-file.ts'
import { protectedHeaders } from '../../access/denial.ts'
import { jsonAnswer } from '../../lib/http.ts'
import { mount } from '../answers.ts'
import type { SymbolServer } from '../context.ts'
import { withBody } from './body.ts'
import { publicOrigin } from './public-origin.ts'
import { UploadRefused } from './refused.ts'
import { keyText, newUploadId, placedFile, storeUpload, type Upload } from './store-upload.ts'
import { readTicket, writeTicket } from './ticket.ts'
import { requireUploader, storageFor } from './uploader.ts'

const manifest = z.object({
  files: z.array(z.object({ key: z.string(), size: z.int(), md5_hash: z.string() })),
})
type Listed = z.output<typeof manifest>['files'][number]

const maxFiles = 1024
const maxManifestBytes = 4 * 1024 * 1024
const lookupsAtOnce = 6

const accepted = {
  headers: { vary: 'Auth-Token', 'cache-control': protectedHeaders['cache-control'] },
}

/** POST /symbols/upload/auth_info/: what the token may do. */
export async function authInfo(request: Request, server: SymbolServer): Promise<Response> {
  const holder = await requireUploader(request, server)
  return jsonAnswer(
    {
      email: holder.label,
      user_id: Number.parseInt(holder.tokenId.slice(0, 8), 16),
      try_symbols: storageFor(holder),
      token_expires_at: Math.floor((holder.expiresAt?.getTime() ?? maxTime) / 1000),
      upload_api_version: 2,
    },
    accepted,
  )
}

/** The end of the year 9999, for tokens that do not expire: clients require a number. */
const maxTime = Date.UTC(9999, 11, 31, 23, 59, 59)

export async function createUpload(request: Request, server: SymbolServer): Promise<Response> {
  const holder = await requireUploader(request, server)
  const files = await withBody(request, server.deps, readManifest)
  const upload: Upload = { id: newUploadId(server), holder, isTry: storageFor(holder) ?? false }
  const answered = await pMap(
    files,
    async (file) => ({ key: file.key, action: await actionFor(request, file, { upload, server }) }),
    { concurrency: lookupsAtOnce },
  )
  const answer = {
    id: upload.id,
    created_at: Math.floor(server.deps.now().getTime() / 1000),
    user: holder.label,
    try_symbols: upload.isTry,
    // A client of this protocol may send a file in a single PUT.
    upload_protocol: 'gcs-resumable',
    files: answered,
  }
  return jsonAnswer(answer, { status: 201, ...accepted })
}

/** @throws UploadRefused */
async function readManifest(pieces: AsyncIterable<Uint8Array>): Promise<Listed[]> {
  const malformed = () => new UploadRefused(400, 'malformed JSON request body')
  const { data } = check(manifest, await readJson(pieces, malformed))
  if (!data) throw malformed()
  if (data.files.length > maxFiles) throw new UploadRefused(400, 'too many files')
  return data.files
}

async function readJson(pieces: AsyncIterable<Uint8Array>, malformed: () => Error): Promise<unknown> {
  async function* copies() {
    for await (const piece of pieces) yield piece.slice()
  }
  try {
    const bytes = await collectBytes(copies(), maxManifestBytes, 'The request')
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw malformed()
    if (isCrashError(error) && error.code === 'limit') throw new UploadRefused(413, error.message)
    throw error
  }
}

type Action =
  | { type: 'upload'; url: string; content_encoding: 'gzip' | null }
  | { type: 'skip' }
  | { type: 'error'; msg: string }

async function actionFor(
  request: Request,
  { key, size, md5_hash: md5 }: Listed,
  { upload, server }: { upload: Upload; server: SymbolServer },
): Promise<Action> {
  const path = parseFilePath(key)
  if (!path) return { type: 'error', msg: 'invalid key' }
  if (!/^[0-9a-f]{32}$/.test(md5)) return { type: 'error', msg: 'invalid MD5 hex digest' }
  if (await isStored(path, { size, md5 }, { upload, server })) return { type: 'skip' }
  const ticket = writeTicket(request, server.deps, { use: 'file', upload, key: keyText(path), size, md5 })
  const url = `${publicOrigin(request, server.deps)}${mount}/upload/v2/files/${ticket}`
  return { type: 'upload', url, content_encoding: isSymName(path.leaf) ? 'gzip' : null }
}

/** A file of a try build is not needed where the regular storage has it. */
async function isStored(
  path: FilePath,
  { size, md5 }: { size: number; md5: string },
  { upload, server }: { upload: Upload; server: SymbolServer },
): Promise<boolean> {
  for (const isTry of upload.isTry ? [false, true] : [false]) {
    const info = await server.deps.stores.symbols.head(symbolFileKey(path, isTry))
    const known = info && factsOf(info)
    if (known && known.size === size && known.md5 === md5) return true
    if (!isSymName(path.leaf) && (await isKept(server.deps.stores.symbols, { id: path.id, md5, isTry })))
      return true
  }
  return false
}

/** PUT of one file of a manifest, gzip or not. */
export async function putFile(request: Request, text: string, server: SymbolServer): Promise<Response> {
  const { upload, key = '', size, md5 } = readTicket(text, request, { deps: server.deps, use: 'file' })
  const path = parseFilePath(key)
  if (!path || size === undefined || md5 === undefined)
    throw new UploadRefused(403, 'This upload URL is not valid')
  const range = request.headers.get('content-range')
  // Asks how much has arrived: nothing that is kept.
  if (range !== null && /^bytes \*\/(?:\d+|\*)$/.test(range)) return new Response(null, { status: 308 })
  if (range !== null && !/^bytes 0-\d+\/(?:\d+|\*)$/.test(range))
    throw new UploadRefused(400, 'Send the file in a single request: parts of it are not kept')
  return withBody(request, server.deps, async (pieces) => {
    const mustBeGzip = request.headers.get('content-encoding') === 'gzip'
    const mayBeGzip = mustBeGzip || isSymName(path.leaf)
    const open = () => (mayBeGzip ? gunzipPieces(pieces, { mustBeGzip }) : pieces)
    const file = { ...placedFile(path, open), expected: { size, md5 } }
    const { refused } = await storeUpload([file], upload, server)
    if (refused[0]) throw new UploadRefused(400, `${key} is refused. ${refused[0].reason}`)
    return jsonAnswer({ key })
  })
}
