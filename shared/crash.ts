// The nouns of the system: a stored report and a processed crash.
import type { IsoTime } from './units.ts'

/** How the throttle decided; `weight` = 1 / share kept, so that sums of weights estimate what clients sent. */
export interface ThrottleRecord {
  rule: string
  percent: number
  weight: number
}

/** What the collector adds (reference: raw-crash schema version 2, with `throttle` as our addition). */
export interface CollectorMetadata {
  payload: 'json' | 'multipart'
  payload_compressed: '0' | '1'
  /** Bytes on the wire. */
  payload_size: number
  collector_notes: string[]
  /** Sanitized dump name to SHA-256, lower-case hex. */
  dump_checksums: Record<string, string>
  user_agent: string
  throttle_rule: string
  throttle: ThrottleRecord
  /** Client annotations whose names collide with collector keys, as received. */
  shadowed?: Record<string, unknown>
}

/** Annotations beside collector keys, flat. Values are strings unless the client sent JSON. */
export interface RawCrash {
  [annotation: string]: unknown
  uuid: string
  submitted_timestamp: IsoTime
  version: 2
  metadata: CollectorMetadata
}

/** What of a raw crash is the collector's; everything else is annotations. */
export const collectorKeys: ReadonlySet<string> = new Set([
  'metadata',
  'submitted_timestamp',
  'uuid',
  'version',
])

/** One minidump (or other file) of a report. `name` is sanitized; the main one is `upload_file_minidump`. */
export interface Dump {
  name: string
  bytes: Uint8Array
}

/** A stored report, read. */
export interface StoredReport {
  rawCrash: RawCrash
  dumps: Dump[]
}

/** The name of the dump of the process that crashed. */
export const mainDumpName = 'upload_file_minidump'

/** A processed crash: the fields of `shared/fields` by their names, and the stack walker's output. */
export interface ProcessedCrash {
  [field: string]: unknown
  crash_id: string
  signature: string
}
