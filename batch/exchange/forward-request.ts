// A stored report as the submission it came from: what its client sent, as far as that was kept, in the way it was sent.
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { collectorKeys, type StoredReport } from '../../shared/crash.ts'
import { encodeMultipart, fieldType, fileType, type PartToSend } from '../../shared/report/encode.ts'
import type { SubmissionRequest } from './client-requests.ts'

/** @param token with it, the report keeps its id, which only authorized senders may ask for; null: it gets a new one */
export function forwardRequest(report: StoredReport, token: string | null): SubmissionRequest {
  const { metadata } = report.rawCrash
  const boundary = `mayday-forward-${randomBytes(12).toString('hex')}`
  const plain = encodeMultipart(boundary, [
    ...annotationParts(report, token !== null),
    ...report.dumps.map(({ name, bytes }) => ({
      name,
      filename: `${name}.dmp`,
      contentType: fileType,
      body: bytes,
    })),
  ])
  const gzip = metadata.payload_compressed === '1'
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'user-agent': toHeader(metadata.user_agent) || 'None',
      ...(gzip && { 'content-encoding': 'gzip' }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: gzip ? gzipSync(plain) : plain,
    chunked: false,
  }
}

/** What the collector added is taken off, and what that shadowed is put back. */
function annotationParts({ rawCrash }: StoredReport, keepId: boolean): PartToSend[] {
  const annotations = {
    ...Object.fromEntries(Object.entries(rawCrash).filter(([key]) => !collectorKeys.has(key))),
    ...rawCrash.metadata.shadowed,
    ...(keepId && { uuid: rawCrash.uuid }),
  }
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

/** What a header can carry. */
const toHeader = (text: unknown) =>
  typeof text === 'string' ? text.replaceAll(/[^\x20-\x7e]/g, '?').trim() : ''
