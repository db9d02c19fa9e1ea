// ProcessedCrash and RawCrash: one crash, public or with protected data.
import { parseCrashId } from '../../shared/crash-id.ts'
import { isCrashError } from '../../shared/errors.ts'
import { mainDumpName } from '../../shared/crash.ts'
import { processedKey, rawKey } from '../../shared/keys.ts'
import { badParameter, crashNotFound } from '../../shared/api/problems.ts'
import type { Permission } from '../../shared/access/permissions.ts'
import { readReportMetadata } from '../../shared/report/stored.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import { covers, denied } from '../access/access.ts'
import { binaryDenial, protectedHeaders } from '../access/denial.ts'
import type { EdgeDeps } from '../deps.ts'
import { downloadHeaders } from '../lib/download.ts'
import { openInflated } from '../reads/inflated-object.ts'
import { readPublicView } from '../reads/report.ts'
import { openStoredFile } from '../reads/stored-files.ts'
import { publicRawCrash, readRawCrash } from './raw-crash.ts'
import type { StoreCall } from './store-call.ts'

/** @throws ApiProblem */
function crashIdOf(text: string): string {
  try {
    return parseCrashId(text).crashId
  } catch (error) {
    if (isCrashError(error) && error.code === 'bad-crash-id') throw badParameter('uuid')
    throw error
  }
}

/** Whether the caller may see the protected data of an object; records that they do. */
function mayRead(
  object: StoredObject,
  { holder, deps }: Pick<StoreCall, 'holder' | 'deps'>,
  event: { action: 'read_crash' | 'read_annotations'; subject: string },
): boolean {
  if (!holder?.permissions.has('view_pii')) return false
  const { product } = readReportMetadata(object.metadata)
  if (!covers(holder, product)) return false
  deps.audit.record(holder, { ...event, product })
  return true
}

export async function readProcessedCrash(call: StoreCall<'ProcessedCrash'>): Promise<unknown> {
  const { deps } = call
  const crashId = crashIdOf(call.args.crash_id)
  const object = await deps.stores.crashes.get(processedKey(crashId))
  if (!object) throw crashNotFound(crashId)
  return releasing(object, async () => {
    if (mayRead(object, call, { action: 'read_crash', subject: crashId })) return fullCrash(object, deps)
    const share = deps.budget.open()
    try {
      return await readPublicView(object, deps.codecs, share)
    } finally {
      share.release()
    }
  })
}

/** Stored JSON, unchanged: `</` occurs in it only within texts, where both spellings mean the same. */
const fullCrash = (object: StoredObject, { codecs }: EdgeDeps): Response =>
  new Response(openInflated(object, codecs), {
    headers: { 'content-type': 'application/json; charset=UTF-8', ...protectedHeaders },
  })

export async function readRaw(call: StoreCall<'RawCrash'>): Promise<unknown> {
  const { deps, args } = call
  const format = args.format ?? 'meta'
  if (format !== 'meta' && format !== 'raw') throw badParameter('format')
  const crashId = crashIdOf(args.crash_id)
  if (format === 'raw') return readFile(call, crashId)
  const object = await deps.stores.crashes.get(rawKey(crashId))
  if (!object) throw crashNotFound(crashId)
  return releasing(object, async () => {
    const isFull = mayRead(object, call, { action: 'read_annotations', subject: crashId })
    const rawCrash = await readRawCrash(object, deps)
    return isFull ? rawCrash : publicRawCrash(rawCrash)
  })
}

const binary: Permission = 'view_rawdump'
/** Names of the main dump. */
const mainNames: ReadonlySet<string> = new Set(['', 'dump', mainDumpName])

async function readFile({ holder, deps, args }: StoreCall<'RawCrash'>, crashId: string): Promise<Response> {
  const wanted = { permission: binary, style: binaryDenial }
  if (!holder?.permissions.has(binary)) throw denied(holder ? 'forbidden' : 'anonymous', deps, wanted)
  const given = args.name ?? ''
  const name = mainNames.has(given) ? mainDumpName : given
  const object = await deps.stores.crashes.get(rawKey(crashId))
  if (!object) throw crashNotFound(crashId)
  return releasing(object, async () => {
    const { product } = readReportMetadata(object.metadata)
    if (!covers(holder, product)) throw denied('product', deps, wanted)
    deps.audit.record(holder, { action: 'read_file', subject: crashId, detail: name, product })
    const file = await openStoredFile(object, name, deps.codecs)
    if (!file) throw crashNotFound(crashId)
    const filename =
      given === 'memory_report' ? 'memory_report.json.gz' : `${crashId}${given && `-${given}`}.dmp`
    const headers = { ...protectedHeaders, ...downloadHeaders(filename, 'application/octet-stream') }
    return new Response(file.body, { headers })
  })
}

/** Releases an object whose body was not read to its end, when the work fails. */
async function releasing<T>(object: StoredObject, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!object.body.locked) await object.body.cancel()
    throw error
  }
}
