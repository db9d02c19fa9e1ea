// The XML of S3: list pages, delete requests and results, errors.
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { CrashError } from '../errors.ts'
import { own } from '../own.ts'
import type { ObjectInfo } from './storage.ts'

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  trimValues: false,
  isArray: (name) => ['Contents', 'CommonPrefixes', 'Error'].includes(name),
})
const builder = new XMLBuilder({ suppressEmptyNode: false })

export interface ListPage {
  objects: ObjectInfo[]
  /** Common prefixes; empty without a delimiter in the request. */
  folders: string[]
  /** Continuation token; absent on the last page. */
  next?: string
}

/** Parses a ListObjectsV2 response. @throws CrashError 'storage' */
export function readListPage(xml: string): ListPage {
  const result = member(parse(xml), 'ListBucketResult')
  if (!result) throw damaged('a list request')
  const isEncoded = text(result, 'EncodingType') === 'url'
  const contents: unknown[] = Array.isArray(result.Contents) ? result.Contents : []
  const objects = contents.map((entry) => readEntry(entry, isEncoded))
  const common = Array.isArray(result.CommonPrefixes) ? (result.CommonPrefixes as Entry[]) : []
  const folders = common.map((entry) => keyIn(entry, 'Prefix', isEncoded))
  if (text(result, 'IsTruncated') !== 'true') return { objects, folders }
  const next = text(result, 'NextContinuationToken')
  if (!next) throw damaged('a list request: truncated, without a continuation token')
  return { objects, folders, next }
}

function readEntry(entry: unknown, isEncoded: boolean): ObjectInfo {
  if (typeof entry !== 'object' || entry === null) throw damaged('a list request')
  const fields = entry as Entry
  return {
    key: keyIn(fields, 'Key', isEncoded),
    size: Number(text(fields, 'Size')),
    etag: text(fields, 'ETag').replace(/^"(.*)"$/, '$1'),
    uploaded: new Date(text(fields, 'LastModified')),
    metadata: {},
  }
}

type Entry = Record<string, unknown>

function keyIn(entry: Entry, name: string, isEncoded: boolean): string {
  const key = isEncoded ? decodeKey(text(entry, name)) : text(entry, name)
  if (!key) throw damaged('a list request: an entry without a key')
  return key
}

/** Empty when it cannot be decoded. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', '%20'))
  } catch {
    return ''
  }
}

const damaged = (what: string) =>
  new CrashError('storage', `S3 sent an unreadable response to ${what}. Check the endpoint.`)

/** A DeleteObjects request in quiet mode: the response lists failures only. */
export function deleteRequest(keys: readonly string[]): string {
  const Delete = { Quiet: 'true', Object: keys.map((Key) => ({ Key })) }
  return `<?xml version="1.0" encoding="UTF-8"?>${builder.build({ Delete })}`
}

/** The ID in the response that begins a multipart upload. @throws CrashError 'storage' */
export function readUploadId(xml: string): string {
  const id = text(member(parse(xml), 'InitiateMultipartUploadResult') ?? {}, 'UploadId')
  if (!id) throw damaged('the begin of an upload')
  return id
}

/** A CompleteMultipartUpload request. @param etags of the parts, as sent by S3 */
export function completeRequest(etags: readonly string[]): string {
  const Part = etags.map((ETag, i) => ({ PartNumber: `${i + 1}`, ETag }))
  return builder.build({ CompleteMultipartUpload: { Part } })
}

/** The failed deletions, as `<key>: <code>`; missing keys are not failures. */
export function failedDeletes(xml: string): string[] {
  const errors = member(parse(xml), 'DeleteResult')?.Error
  if (!Array.isArray(errors)) return []
  return (errors as Record<string, unknown>[])
    .filter((error) => text(error, 'Code') !== 'NoSuchKey')
    .map((error) => `${text(error, 'Key')}: ${text(error, 'Code')}`)
}

/** The code of an error response, for messages; empty for anything else. */
export function readErrorCode(xml: string): string {
  try {
    const error = (parser.parse(xml) as Record<string, unknown>).Error
    return Array.isArray(error) ? text(error[0] as Record<string, unknown>, 'Code') : ''
  } catch {
    return ''
  }
}

function parse(xml: string): Record<string, unknown> {
  try {
    return parser.parse(xml) as Record<string, unknown>
  } catch (cause) {
    throw new CrashError('storage', 'S3 responded with unreadable XML', { cause })
  }
}

function member(parent: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const value = own(parent, name)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

const text = (parent: Record<string, unknown>, name: string) => {
  const value = own(parent, name)
  return typeof value === 'string' ? value : ''
}
