// Reads a submission that is only a minidump. The query string contains the annotations.
import { concatBytes } from '../../bytes/concat.ts'
import { formatBytes, formatOf } from '../../bytes/format.ts'
import { mainDumpName } from '../../crash.ts'
import { fileType } from '../encode.ts'
import type { Refusal } from '../refusals.ts'
import { ReportBuilder } from '../report-builder.ts'
import type { ReadTools, ReportReader } from '../report-reader.ts'

/** Parameters of the edge itself. */
const ownParameters: ReadonlySet<string> = new Set(['answer'])
const encoder = new TextEncoder()

export interface BareMinidump {
  /** The Content-Type of the body; empty when there is none. */
  contentType: string
  query: URLSearchParams
  /** Thrown by `write` and `finish` when the body is not a minidump. */
  otherwise: Refusal
}

/** Reads a minidump, plain or compressed in a format of `unwrapDumps`. */
export function readBareMinidump(
  { contentType, query, otherwise }: BareMinidump,
  { codecs, limits, onPart }: ReadTools,
): ReportReader {
  const report = new ReportBuilder(codecs, limits, onPart)
  /** The first bytes, until the format is known; then null. */
  let start: Uint8Array | null = new Uint8Array(0)
  const open = (bytes: Uint8Array) => {
    const format = formatOf(bytes)
    if (format === null || format === 'multipart') throw otherwise
    start = null
    for (const [name, text] of query) if (!ownParameters.has(name)) addAnnotation(report, name, text)
    const part = { name: mainDumpName, filename: null, transferEncoding: '' }
    report.part({ ...part, contentType: contentType || fileType })
    report.data(bytes)
  }
  return {
    get heldBytes() {
      return report.heldBytes
    },
    write(bytes) {
      if (!start) return report.data(bytes)
      start = concatBytes([start, bytes]).slice()
      if (start.length >= formatBytes) open(start)
    },
    finish(options) {
      if (start) open(start)
      report.end(true)
      return report.finish(options)
    },
    free: () => report.free(),
  }
}

function addAnnotation(report: ReportBuilder, name: string, text: string): void {
  report.part({ name, filename: null, contentType: '', transferEncoding: '' })
  report.data(encoder.encode(text))
  report.end(false)
}
