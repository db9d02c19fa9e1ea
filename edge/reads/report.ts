// GET /api/report/<crash id>: one processed crash, its public part for everyone, all of it for token holders.
import { parseCrashId } from '../../shared/crash-id.ts'
import { publicView } from '../../shared/fields/public-view.ts'
import { processedKey, rawKey } from '../../shared/keys.ts'
import { inflateZstd } from '../../shared/codecs/codecs.ts'
import { hasBearer } from '../lib/auth.ts'
import type { EdgeDeps } from '../deps.ts'
import { jsonAnswer, problem } from '../lib/http.ts'

const maxDocumentBytes = 64 * 1024 * 1024
const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd]

/** `idText`: with or without `bp-`. @throws CrashError 'bad-crash-id' */
export async function readReport(request: Request, idText: string, deps: EdgeDeps): Promise<Response> {
  const { crashId } = parseCrashId(idText)
  const full = await hasBearer(request, deps.config.readToken)
  if (!full && request.headers.has('authorization')) {
    deps.metrics.record('reports_read_total', 1, { view: 'full', result: 'unauthorized' })
    return problem(401, 'This token does not open protected data', { 'www-authenticate': 'Bearer' })
  }
  const view = full ? 'full' : 'public'
  const object = await deps.stores.crashes.get(processedKey(crashId))
  if (!object) {
    deps.metrics.record('reports_read_total', 1, { view, result: 'missing' })
    const stored = await deps.stores.crashes.head(rawKey(crashId))
    return problem(404, stored ? 'This report is stored and not processed yet' : 'There is no such report')
  }
  deps.metrics.record('reports_read_total', 1, { view, result: 'found' })
  const crash = readJson(await object.bytes(), deps)
  return full
    ? jsonAnswer(crash, {
        headers: { etag: `W/"${object.etag}-full"`, 'cache-control': 'private, no-store' },
      })
    : jsonAnswer(publicView(crash), { headers: publicHeaders(object.etag) })
}

const publicHeaders = (etag: string) => ({
  etag: `W/"${etag}"`,
  'cache-control': 'public, max-age=60',
  vary: 'authorization, accept-encoding',
  'access-control-allow-origin': '*',
})

function readJson(bytes: Uint8Array, deps: EdgeDeps): object {
  const compressed = zstdMagic.every((byte, i) => bytes[i] === byte)
  const plain = compressed ? inflateZstd(bytes, deps.codecs, maxDocumentBytes) : bytes
  const value: unknown = JSON.parse(new TextDecoder().decode(plain))
  return typeof value === 'object' && value !== null ? value : {}
}
