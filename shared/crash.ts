// The nouns of the system: a stored report and a processed crash. Their types derive from the catalog of fields.
import type { AnnotationName, CrashFields } from './fields/fields.ts'
import type { Stored, ValueOf } from './fields/shape.ts'
import type { collectorMetadata } from './fields/shapes.ts'
import type { otherDump } from './fields/stackwalk.ts'
import type { IsoTime } from './units.ts'

/** How the throttle decided; `weight` = 1 / share kept, so that sums of weights estimate what clients sent. */
export interface ThrottleRecord {
  rule: string
  percent: number
  weight: number
}

/** What the collector adds (reference: raw-crash schema version 2, with `throttle` as our addition). */
export type CollectorMetadata = Stored<ValueOf<typeof collectorMetadata>>

/**
 * Annotations beside collector keys, flat. Values are strings unless the client sent JSON. Annotations that the
 * catalog does not know are there, too.
 */
export type RawCrash = {
  readonly [Name in Exclude<AnnotationName | ForeignAnnotation, CollectorKey>]?: unknown
} & {
  uuid: string
  submitted_timestamp: IsoTime
  version: 2
  metadata: CollectorMetadata
}

/** Names that clients of other collectors use for `ReleaseChannel` and `ProcessType`. */
type ForeignAnnotation = 'channel' | 'process_type' | 'ptype'

type CollectorKey = 'metadata' | 'submitted_timestamp' | 'uuid' | 'version'

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

/** Names of minidumps: the main one, and further ones such as `upload_file_minidump_browser`. */
export type MinidumpName = `upload_file_minidump${string}`

export const isMinidumpName = (name: string): name is MinidumpName => name.startsWith(mainDumpName)

/** Fields of a processed crash by their names in the catalog, and further minidumps by theirs. */
export interface PartialCrash extends CrashFields {
  [name: MinidumpName]: Stored<ValueOf<typeof otherDump>> | null | undefined
}

/** A processed crash. */
export interface ProcessedCrash extends PartialCrash {
  crash_id: string
  signature: string
}
