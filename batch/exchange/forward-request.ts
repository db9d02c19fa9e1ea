// Rebuilds the original submission of a stored report, from the parts that are stored.
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { FileOrigin, StoredReport } from '../../shared/crash.ts'
import { encodeMultipart, fieldType, fileType, type PartToSend } from '../../shared/report/encode.ts'
import { receivedAnnotations } from '../../shared/report/raw-crash.ts'
import type { SubmissionRequest } from './client-requests.ts'
import { present } from '../../shared/present.ts'

/** @param token the report keeps its id, which only authorized senders may choose; null: it gets a new one */
export function forwardRequest(report: StoredReport, token: string | null): SubmissionRequest {
  const { metadata } = report.rawCrash
  const boundary = `mayday-forward-${randomBytes(12).toString('hex')}`
  const plain = encodeMultipart(boundary, [
    ...annotationParts(report, token !== null),
    ...report.dumps.map(({ name, bytes }) => filePart(name, bytes, report.origins.get(name))),
  ])
  const gzip = metadata.payload_compressed === '1'
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'user-agent': toHeader(metadata.user_agent) || 'None',
      ...present({
        'content-encoding': gzip ? 'gzip' : null,
        authorization: token === null ? null : `Bearer ${token}`,
      }),
    },
    body: gzip ? gzipSync(plain) : plain,
    chunked: false,
  }
}

/**
 * Uses the stored name, which no collector changes. Some collectors read any JSON part as annotations, so JSON files
 * are sent as bytes.
 */
function filePart(name: string, body: Uint8Array, origin: FileOrigin | undefined): PartToSend {
  const type = origin?.contentType ?? fileType
  return {
    name,
    filename: origin?.filename || `${name}.dmp`,
    contentType: /^application\/json/i.test(type) ? fileType : type,
    body,
  }
}

/** Removes what the edge added and restores shadowed annotations, except `uuid`, which collectors may refuse. */
function annotationParts({ rawCrash }: StoredReport, keepId: boolean): PartToSend[] {
  const { uuid: _refused, ...received } = receivedAnnotations(rawCrash)
  const annotations = { ...received, ...(keepId && { uuid: rawCrash.uuid }) }
  if (rawCrash.metadata.payload === 'json') {
    const body = JSON.stringify(annotations)
    return [{ name: 'extra', filename: 'extra.json', contentType: 'application/json', body }]
  }
  return Object.entries(annotations).map(([name, value]) => ({
    name,
    contentType: fieldType,
    body: typeof value === 'string' ? value : JSON.stringify(value),
  }))
}

/** Replaces characters that a header cannot contain. */
const toHeader = (text: unknown) =>
  typeof text === 'string' ? text.replaceAll(/[^\x20-\x7e]/g, '?').trim() : ''
