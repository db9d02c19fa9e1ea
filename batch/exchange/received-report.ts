// Reads a report the way an edge receives it, from a stored report, a body, or annotations as JSON.
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { isCrashId, parseCrashId } from '../../shared/crash-id.ts'
import { formatOf } from '../../shared/bytes/format.ts'
import { CrashError } from '../../shared/errors.ts'
import { rawKey } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { receivedAnnotations } from '../../shared/report/raw-crash.ts'
import { defaultLimits } from '../../shared/report/refusals.ts'
import { joinSplitAnnotations } from '../../shared/report/body/split-annotations.ts'
import { inflateStoredReport } from '../../shared/report/stored.ts'
import { readMultipart, submissionBoundary } from '../../shared/report/submission.ts'
import { contentTypeOfBody, unwrapDumps } from '../../shared/report/body/unwrap.ts'
import type { Storage } from '../../shared/storage/storage.ts'

/** The throttle's input. `files` is null when only annotations are known. */
export interface ReceivedReport {
  annotations: ReadonlyMap<string, unknown>
  files: readonly { name: string; size: number; sha256hex: string }[] | null
}

const maxBytes = 256 * 1024 * 1024

/**
 * Reads `name`: a crash ID of the store, `-` for standard input, or a file.
 * @param openCrashes called only for a crash ID
 * @throws CrashError 'missing', 'bad-report', 'bad-json'
 */
export async function readReceivedReport(
  name: string,
  openCrashes: <T>(work: (crashes: Storage) => Promise<T>) => Promise<T>,
): Promise<ReceivedReport> {
  const isId = isCrashId(name.replace(/^bp-/, ''), { anyDigit: true })
  return parseReceivedReport(
    isId ? await openCrashes((crashes) => readStored(crashes, name)) : await readPath(name),
  )
}

async function readStored(crashes: Storage, name: string): Promise<Uint8Array> {
  const { crashId } = parseCrashId(name)
  const object = await crashes.get(rawKey(crashId))
  if (!object) throw new CrashError('missing', `The store has no report ${crashId}`)
  return object.bytes()
}

async function readPath(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path === '-' ? '/dev/stdin' : path)
  } catch (error) {
    throw new CrashError('missing', `Cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Detects the format by the first bytes: zstd is a stored report, gzip is inflated first, `--` starts a body, `{` an
 * object of annotations.
 * @throws CrashError 'bad-report', 'bad-json'
 */
async function parseReceivedReport(bytes: Uint8Array): Promise<ReceivedReport> {
  const format = formatOf(bytes)
  if (format === 'zstd') {
    const { body, contentType } = inflateStoredReport(bytes, nodeCodecs, maxBytes)
    return readBody(body, contentType)
  }
  if (format === 'gzip') return parseReceivedReport(gunzip(bytes))
  if (format === 'multipart') return readBody(bytes, contentTypeOfBody(bytes))
  return { annotations: readAnnotations(bytes), files: null }
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    throw new CrashError('bad-report', `The gzip data cannot be inflated: ${(error as Error).message}`)
  }
}

async function readBody(body: Uint8Array, contentType: string): Promise<ReceivedReport> {
  const limits = { ...defaultLimits, maxInflatedBytes: maxBytes }
  const reader = readMultipart(submissionBoundary(contentType), { codecs: nodeCodecs, limits })
  reader.write(body)
  const { annotations, dumps } = await unwrapDumps(reader.finish(), { codecs: nodeCodecs, limits })
  return { annotations, files: dumps }
}

/** Annotations, or a raw crash without its collector keys. */
function readAnnotations(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new CrashError(
      'bad-json',
      `Not a stored report, body, or annotations as JSON: ${(error as Error).message}`,
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CrashError('bad-json', 'Annotations must be one JSON object')
  const isRawCrash = 'version' in value && value.version === 2 && 'metadata' in value
  const received = isRawCrash ? receivedAnnotations({ ...value }) : value
  return joinSplitAnnotations(new Map(Object.entries(received))).annotations
}
