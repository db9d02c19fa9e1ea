// Reads the body of a submission, in any format, into one report.

import { readBareMinidump } from './body/bare-minidump.ts'
import { parameter } from './body/header-parameters.ts'
import { MultipartReader } from './body/multipart.ts'
import { Refusal } from './refusals.ts'
import { ReportBuilder } from './report-builder.ts'
import type { ReadTools, ReportReader } from './report-reader.ts'

/**
 * The boundary in the Content-Type of a submission.
 * @throws Refusal 'no_content_type', 'wrong_content_type', 'no_boundary'
 */
export function submissionBoundary(contentType: string | null): string {
  if (!contentType) throw new Refusal('no_content_type')
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase()
  if (type !== 'multipart/form-data' && type !== 'multipart/mixed') throw new Refusal('wrong_content_type')
  const boundary = parameter(contentType, 'boundary')
  if (!boundary || !/^[\x21-\x7e](?:[ -~]{0,68}[\x21-\x7e])?$/.test(boundary))
    throw new Refusal('no_boundary')
  return boundary
}

/** Reads a multipart body. `boundary`: from `submissionBoundary`. */
export function readMultipart(boundary: string, { codecs, limits, onPart }: ReadTools): ReportReader {
  const report = new ReportBuilder(codecs, limits, onPart)
  const parts = new MultipartReader(boundary, report, limits)
  return {
    get heldBytes() {
      return report.heldBytes
    },
    write: (bytes) => parts.write(bytes),
    finish(options) {
      parts.finish()
      return report.finish(options)
    },
    free: () => report.free(),
  }
}

/**
 * Opens the reader for the body of a request to `/submit`: multipart by its Content-Type; any other body is read as a
 * minidump.
 * @throws Refusal 'no_boundary'; `write` and `finish` throw 'no_content_type', 'wrong_content_type' for other bodies
 */
export function openSubmission(
  { headers, url }: Pick<Request, 'headers' | 'url'>,
  tools: ReadTools,
): ReportReader {
  const contentType = headers.get('content-type')
  try {
    return readMultipart(submissionBoundary(contentType), tools)
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason === 'no_boundary') throw error
    const query = new URL(url).searchParams
    return readBareMinidump({ contentType: contentType ?? '', query, otherwise: error }, tools)
  }
}
