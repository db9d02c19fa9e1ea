// POST /symbols/upload/: a zip or tar of symbol files, programs and debug files, or the URL of one (Tecken's upload API, version
// 1); or a single program or debug file.
import { protectedHeaders } from '../../access/denial.ts'
import type { Holder } from '../../access/token-source.ts'
import { jsonAnswer } from '../../lib/http.ts'
import type { SymbolServer } from '../context.ts'
import { withBody } from './body.ts'
import { fetchArchive } from './fetch-archive.ts'
import { notAForm, readForm } from './form.ts'
import { openArchive } from './open-archive.ts'
import { UploadRefused } from './refused.ts'
import type { Staged } from './staged.ts'
import { keyText, newUploadId, storeUpload, type UploadedProgram } from './store-upload.ts'
import { requireRegular, requireUploader, storageFor } from './uploader.ts'

export async function uploadArchive(request: Request, server: SymbolServer): Promise<Response> {
  const holder = await requireUploader(request, server)
  return withBody(request, server.deps, async (pieces) => {
    const { fields, file } = await readForm(request, pieces, server.deps.stores.symbols)
    const asked = fields.get('try')
    const url = fields.get('url')
    try {
      const isTry = storageFor(holder, asked) ?? (await requireRegular(request, server))
      const upload = { holder, isTry, server, createdAt: server.deps.now() }
      if (file) return await storeArchive({ ...upload, ...file, urls: [] })
      if (!url) throw notAForm()
      const fetched = await fetchArchive(url, server)
      try {
        return await storeArchive({ ...upload, ...fetched })
      } finally {
        await fetched.content.remove()
      }
    } finally {
      await file?.content.remove()
    }
  })
}

interface ArchiveUpload {
  server: SymbolServer
  holder: Holder
  isTry: boolean
  createdAt: Date
  name: string
  /** Of the file itself, as sent. */
  filename?: string
  content: Staged
  /** Where it was fetched from: the URL that was given, then those it was redirected to. */
  urls: readonly string[]
}

async function storeArchive(archive: ArchiveUpload): Promise<Response> {
  const { server, holder, isTry, content } = archive
  await using opened = await openArchive(archive, server)
  const id = newUploadId(server)
  const { refused, stored, programs } = await storeUpload(opened.files, { id, holder, isTry }, server)
  if (opened.count > 0 && refused.length === opened.count) {
    const { key, reason } = refused[0]!
    throw new UploadRefused(400, `No file was stored. ${key}: ${reason}`)
  }
  const [url = null, ...redirects] = archive.urls
  const upload = {
    id,
    size: content.size,
    filename: archive.name,
    bucket: 'symbols',
    download_url: url,
    try_symbols: isTry,
    redirect_urls: redirects,
    completed_at: server.deps.now().toISOString(),
    created_at: archive.createdAt.toISOString(),
    user: holder.label,
    skipped_keys: [
      ...stored.filter(({ outcome }) => outcome === 'same').map(({ path }) => keyText(path)),
      ...programs.filter(({ outcome }) => outcome === 'same').map(({ key }) => key),
    ],
    ignored_keys: opened.ignored,
    refused_keys: refused,
    ...(programs.length > 0 && { debug_files: programs.map(describe) }),
  }
  return jsonAnswer(
    { upload },
    {
      status: 201,
      headers: { vary: 'Auth-Token', 'cache-control': protectedHeaders['cache-control'] },
    },
  )
}

const describe = ({ key, modules }: UploadedProgram) => ({
  key,
  modules: modules.map(({ debugFile, debugId, codeFile, codeId }) => ({
    ...{ debug_file: debugFile, debug_id: debugId, code_file: codeFile, code_id: codeId },
  })),
})
