// The XML of S3: list pages, delete requests and answers, errors.
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { CrashError } from '../errors.ts'
import type { ObjectInfo } from './storage.ts'

const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  trimValues: false,
  isArray: (name) => name === 'Contents' || name === 'Error',
})
const builder = new XMLBuilder({ suppressEmptyNode: false })

export interface ListPage {
  objects: ObjectInfo[]
  /** Continuation token; absent on the last page. */
  next?: string
}

/** Reads a ListObjectsV2 answer. @throws CrashError 'storage' */
export function readListPage(xml: string): ListPage {
  const result = member(parse(xml), 'ListBucketResult')
  if (!result)
    throw new CrashError('storage', 'S3 answered a list request with something else. Check the endpoint.')
  const decode = text(result, 'EncodingType') === 'url' ? decodeKey : (key: string) => key
  const contents = Array.isArray(result.Contents) ? (result.Contents as Record<string, unknown>[]) : []
  const objects = contents.map((entry) => ({
    key: decode(text(entry, 'Key')),
    size: Number(text(entry, 'Size')),
    etag: text(entry, 'ETag').replace(/^(?:&quot;|")(.*?)(?:&quot;|")$/, '$1'),
    uploaded: new Date(text(entry, 'LastModified')),
    metadata: {},
  }))
  const next = text(result, 'IsTruncated') === 'true' ? text(result, 'NextContinuationToken') : ''
  return { objects, ...(next && { next }) }
}

const decodeKey = (key: string) => decodeURIComponent(key.replaceAll('+', '%20'))

/** A DeleteObjects request that answers with failures only. */
export function deleteRequest(keys: readonly string[]): string {
  const Delete = { Quiet: 'true', Object: keys.map((Key) => ({ Key })) }
  return `<?xml version="1.0" encoding="UTF-8"?>${builder.build({ Delete })}`
}

/** What could not be deleted, as `<key>: <code>`; keys that are not there are no failures. */
export function failedDeletes(xml: string): string[] {
  const errors = member(parse(xml), 'DeleteResult')?.Error
  if (!Array.isArray(errors)) return []
  return (errors as Record<string, unknown>[])
    .filter((error) => text(error, 'Code') !== 'NoSuchKey')
    .map((error) => `${text(error, 'Key')}: ${text(error, 'Code')}`)
}

/** The code of an error answer, for messages; empty when it is none. */
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
    throw new CrashError('storage', 'S3 answered with XML that cannot be read', { cause })
  }
}

function member(parent: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const value = parent[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

const text = (parent: Record<string, unknown>, name: string) => {
  const value = parent[name]
  return typeof value === 'string' ? value : ''
}
