// Makes the raw crash of a report: its annotations beside what the collector adds (raw-crash schema, version 2).
import { type CollectorMetadata, collectorKeys, type RawCrash, type ThrottleRecord } from '../crash.ts'
import { own } from '../own.ts'
import type { IsoTime } from '../units.ts'
import type { Submission } from './report-builder.ts'

/** Annotations as throttle and identity see them. */
export type Annotations = Record<string, unknown>

/** What the collector knows beside the submission. */
export interface Reception {
  crashId: string
  receivedAt: Date
  throttle: ThrottleRecord
  /** Length of the body on the wire, in bytes. */
  wireBytes: number
  compressed: boolean
  userAgent: string
}

/** `uuid` is not kept aside: who may send it, asks for this very crash id. */
const shadowable: readonly string[] = [...collectorKeys].filter((key) => key !== 'uuid')
const maxUserAgent = 500

/** The raw crash, keys sorted. `annotations`: what is left of the submission's; `notes` are added to its notes. */
export function makeRawCrash(
  submission: Pick<Submission, 'dumps' | 'notes' | 'payload'>,
  annotations: Annotations,
  notes: readonly string[],
  reception: Reception,
): RawCrash {
  const shadowed = Object.fromEntries(
    shadowable.filter((key) => Object.hasOwn(annotations, key)).map((key) => [key, own(annotations, key)]),
  )
  const metadata: CollectorMetadata = {
    collector_notes: [...submission.notes, ...notes],
    dump_checksums: Object.fromEntries(submission.dumps.map(({ name, sha256hex }) => [name, sha256hex])),
    payload: submission.payload,
    payload_compressed: reception.compressed ? '1' : '0',
    payload_size: reception.wireBytes,
    throttle: reception.throttle,
    throttle_rule: reception.throttle.rule,
    user_agent: reception.userAgent.slice(0, maxUserAgent),
    ...(Object.keys(shadowed).length > 0 && { shadowed }),
  }
  const all: Annotations = {
    ...annotations,
    metadata,
    submitted_timestamp: toIsoTime(reception.receivedAt),
    uuid: reception.crashId,
    version: 2,
  }
  const sorted = Object.keys(all).sort()
  return Object.fromEntries(sorted.map((key) => [key, own(all, key)])) as unknown as RawCrash
}

/** `2011-09-06T00:00:00+00:00`, with six digits of fraction when the milliseconds are not zero. */
function toIsoTime(date: Date): IsoTime {
  return date.toISOString().replace(/\.(\d{3})Z$/, (_, ms) => (ms === '000' ? '+00:00' : `.${ms}000+00:00`))
}

/** Annotations without those that may not be kept, and a note for each that was taken out. */
export function removeAnnotations(
  annotations: Annotations,
  banned: ReadonlySet<string>,
): { kept: Annotations; notes: string[] } {
  const entries = Object.entries(annotations)
  const removed = entries.map(([key]) => key).filter((key) => banned.has(key))
  if (removed.length === 0) return { kept: annotations, notes: [] }
  return {
    kept: Object.fromEntries(entries.filter(([key]) => !banned.has(key))),
    notes: removed.sort().map((key) => `Removed ${key} from raw crash.`),
  }
}
