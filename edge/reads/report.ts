// GET /api/report/<crash ID>: one processed crash; the public part for everyone, all of it for token holders.

import { ByteBuffer } from '../../shared/bytes/byte-buffer.ts'
import type { Codecs } from '../../shared/codecs/codecs.ts'
import type { PartialCrash } from '../../shared/crash.ts'
import { parseCrashId } from '../../shared/crash-id.ts'
import { maxPublicBytes } from '../../shared/fields/cut.ts'
import { publicFields } from '../../shared/fields/fields.ts'
import { publicView } from '../../shared/fields/public-view.ts'
import { processedKey, rawKey } from '../../shared/keys.ts'
import { pendingReport, unknownReport } from '../../shared/report/report-answers.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import { access, requirePermission, grantRead } from '../access/access.ts'
import { protectedHeaders } from '../access/denial.ts'
import type { Holder } from '../access/token-source.ts'
import type { EdgeDeps } from '../deps.ts'
import { isCached, jsonAnswer, problem } from '../lib/http.ts'
import type { MemoryReservation } from '../lib/memory-budget.ts'
import { MemberReader } from './member-reader.ts'
import { openInflated } from './inflated-object.ts'

/** Of those who get the full view. */
const permission = 'view_pii'

/** `idText`: with or without `bp-`. @throws CrashError 'bad-crash-id'; AccessDenied; TokensUnknown */
export async function readReport(request: Request, idText: string, deps: EdgeDeps): Promise<Response> {
  const { crashId } = parseCrashId(idText)
  const { is } = await access(request, deps)
  const holder = is === 'anonymous' ? null : await requirePermission(request, deps, { permission })
  const view = holder ? 'full' : 'public'
  const object = await deps.stores.crashes.get(processedKey(crashId))
  if (!object) {
    deps.metrics.record('reports_read_total', 1, { view, result: 'missing' })
    const stored = await deps.stores.crashes.head(rawKey(crashId))
    const text = stored ? pendingReport : unknownReport
    return problem(404, text, holder ? protectedHeaders : {})
  }
  deps.metrics.record('reports_read_total', 1, { view, result: 'found' })
  return holder ? fullAnswer(object, { holder, crashId }, deps) : publicAnswer(request, object, deps)
}

/** The stored processed crash, unchanged. @throws AccessDenied, Overloaded */
async function fullAnswer(
  object: StoredObject,
  { holder, crashId }: { holder: Holder; crashId: string },
  deps: EdgeDeps,
): Promise<Response> {
  await grantRead(object, holder, { deps, permission, event: { action: 'read_crash', subject: crashId } })
  return new Response(openInflated(object, deps.codecs), {
    headers: { 'content-type': 'application/json; charset=utf-8', ...protectedHeaders },
  })
}

async function publicAnswer(request: Request, object: StoredObject, deps: EdgeDeps): Promise<Response> {
  const headers = {
    etag: `W/"${object.etag}"`,
    'cache-control': 'public, max-age=60',
    vary: 'auth-token, authorization, accept-encoding',
    'access-control-allow-origin': '*',
  }
  if (isCached(request, headers.etag)) {
    await object.body.cancel()
    return new Response(null, { status: 304, headers })
  }
  const share = deps.budget.open()
  try {
    return jsonAnswer(await readPublicView(object, deps.codecs, share), { headers })
  } finally {
    share.release()
  }
}

/** Larger processed crashes are not parsed as a whole, but member by member. */
const maxParsedBytes = 8 * 1024 * 1024
/** Bytes of memory per byte of JSON during parsing. */
const parsedFactor = 4

/** The public view of a stored processed crash. @throws Overloaded */
export async function readPublicView(
  object: StoredObject,
  codecs: Codecs,
  share: MemoryReservation,
): Promise<PartialCrash> {
  const whole = new ByteBuffer()
  const reader = new MemberReader((name) => limits.get(name) ?? 0)
  let isLarge = false
  for await (const bytes of openInflated(object, codecs)) {
    if (!isLarge && whole.length + bytes.length > maxParsedBytes) {
      isLarge = true
      reader.write(whole.view())
      whole.free()
    }
    if (isLarge) reader.write(bytes)
    else whole.append(bytes)
    share.hold((whole.length + reader.keptBytes) * parsedFactor)
  }
  if (!isLarge) return publicView(parseObject(whole.view()))
  const members = [...reader.members]
  const values = Object.fromEntries(members.map(([name, { value }]) => [name, value]))
  return publicView(
    values,
    members.flatMap(([name, { isCut }]) => (isCut ? [name] : [])),
  )
}

/** A character of a text may take six bytes of JSON. */
const limits: ReadonlyMap<string, number> = new Map(
  publicFields.map(({ name, shape }) => [
    name,
    typeof shape === 'string' ? maxPublicBytes * 6 + 2 : maxParsedBytes,
  ]),
)

function parseObject(bytes: Uint8Array): object {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
  return typeof value === 'object' && value !== null ? value : {}
}
