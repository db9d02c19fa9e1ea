// The central types: a stored report and a processed crash, derived from the field catalog.
import type { AnnotationName, CrashFields } from './fields/fields.ts'
import type { Stored, ValueOf } from './fields/shape.ts'
import type { collectorMetadata, reportFiles } from './fields/shapes.ts'
import type { otherDump, StoredFrame } from './fields/stackwalk.ts'
import type { IsoTime } from './units.ts'

/** The throttle's decision; `weight` = 1 / fraction stored, so sums of weights estimate the submitted reports. */
export interface ThrottleRecord {
  rule: string
  percent: number
  weight: number
}

/** Data added by the edge: Socorro's raw crash schema version 2, plus `throttle`. */
export type CollectorMetadata = Stored<ValueOf<typeof collectorMetadata>>

/**
 * Annotations and collector keys in one flat object. Values are strings unless the client sent JSON. Includes
 * annotations that the catalog does not know.
 */
export type RawCrash = {
  readonly [Name in Exclude<AnnotationName, CollectorKey>]?: unknown
} & {
  uuid: string
  submitted_timestamp: IsoTime
  version: 2
  metadata: CollectorMetadata
}

type CollectorKey = 'metadata' | 'submitted_timestamp' | 'uuid' | 'version'

/** The keys of a raw crash that the edge adds; all others are annotations. */
export const collectorKeys: ReadonlySet<string> = new Set([
  'metadata',
  'submitted_timestamp',
  'uuid',
  'version',
])

/** A minidump or other file of a report. `name` is sanitized; the main dump is `upload_file_minidump`. */
export interface Dump {
  name: string
  bytes: Uint8Array
}

/** What a client called a file. */
export interface FileOrigin {
  /** Name of its part. */
  part: string
  /** Null when it had none. */
  filename: string | null
  /** Empty when it had none. */
  contentType: string
}

/** A file of a report, described. */
export type ReportFile = ValueOf<typeof reportFiles>[number]

/** A stored report, decoded. */
export interface StoredReport {
  rawCrash: RawCrash
  dumps: Dump[]
  /** By the names of dumps. */
  origins: ReadonlyMap<string, FileOrigin>
}

/** The name of the dump of the process that crashed. */
export const mainDumpName = 'upload_file_minidump'

/** Names of minidumps: the main dump, and others such as `upload_file_minidump_browser`. */
export type MinidumpName = `upload_file_minidump${string}`

export const isMinidumpName = (name: string): name is MinidumpName => name.startsWith(mainDumpName)

/** Catalog fields and additional minidumps of a processed crash, by name. */
export interface PartialCrash extends CrashFields {
  [name: MinidumpName]: Stored<ValueOf<typeof otherDump>> | null | undefined
}

/** A processed crash. */
export interface ProcessedCrash extends PartialCrash {
  crash_id: string
  signature: string
}

/** Frames of the crashing thread, or of thread 0 if the dump does not identify one. Empty when there are none. */
export function crashingFrames({
  json_dump: dump,
  crashing_thread: thread,
}: PartialCrash): readonly StoredFrame[] {
  return dump?.threads?.[thread ?? 0]?.frames ?? dump?.crashing_thread?.frames ?? []
}
