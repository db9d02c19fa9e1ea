// Builds the raw crash of a report: annotations together with the data of the collector (raw crash schema, version
// 2).
import { type CollectorMetadata, collectorKeys, type RawCrash, type ThrottleRecord } from '../crash.ts'
import { isObject, own } from '../own.ts'
import { isoOfMicros } from '../time/iso-time.ts'
import type { EncodedDump } from './body/encoded-dump.ts'
import { originalNames } from './file-names.ts'

/** Annotations as used by throttle and identity. */
export type Annotations = Record<string, unknown>

/** Data of the collector besides the submission. */
export interface Reception {
  crashId: string
  receivedAt: Date
  throttle: ThrottleRecord
  /** Length of the body on the wire, in bytes. */
  wireBytes: number
  compressed: boolean
  userAgent: string
}

const maxUserAgent = 500

/** The stored part of a submission. */
export interface ReportContent {
  /** Without annotations that must not be stored. */
  annotations: Annotations
  /** `Submission.replaced`, without annotations that must not be stored. */
  replaced?: Annotations
  notes: readonly string[]
  payload: 'json' | 'multipart'
  dumps: readonly EncodedDump[]
}

/** The raw crash, keys sorted. */
export function makeRawCrash(content: ReportContent, reception: Reception): RawCrash {
  const { annotations, replaced = {}, dumps } = content
  const isShadowed = (key: string) =>
    Object.hasOwn(annotations, key) && !(key === 'uuid' && annotations.uuid === reception.crashId)
  const shadowed = Object.fromEntries(
    [...collectorKeys].filter(isShadowed).map((key) => [key, own(annotations, key)]),
  )
  const originals = originalNames(dumps)
  const metadata: CollectorMetadata = {
    collector_notes: content.notes,
    dump_checksums: Object.fromEntries(dumps.map(({ name, sha256hex }) => [name, sha256hex])),
    payload: content.payload,
    payload_compressed: reception.compressed ? '1' : '0',
    payload_size: reception.wireBytes,
    throttle: reception.throttle,
    throttle_rule: reception.throttle.rule,
    user_agent: reception.userAgent.slice(0, maxUserAgent),
    ...(Object.keys(originals).length > 0 && { original_names: originals }),
    ...(Object.keys(replaced).length > 0 && { replaced }),
    ...(Object.keys(shadowed).length > 0 && { shadowed }),
  }
  const all: Annotations = {
    ...annotations,
    metadata,
    submitted_timestamp: isoOfMicros(BigInt(reception.receivedAt.getTime()) * 1000n),
    uuid: reception.crashId,
    version: 2,
  }
  const sorted = Object.keys(all).sort()
  return Object.fromEntries(sorted.map((key) => [key, own(all, key)])) as unknown as RawCrash
}

/** The annotations that a raw crash was built from: without collector keys, with shadowed annotations restored. */
export function receivedAnnotations(rawCrash: Annotations): Annotations {
  const own = Object.entries(rawCrash).filter(([key]) => !collectorKeys.has(key))
  const { metadata } = rawCrash
  const shadowed = isObject(metadata) && isObject(metadata.shadowed) ? Object.entries(metadata.shadowed) : []
  return Object.fromEntries([...own, ...shadowed])
}

/** Annotations without banned ones, and a note for each removed one. */
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
