// The files of a stored report, read piece by piece: a report may be larger than memory.
import { concatBytes } from '../../shared/bytes/concat.ts'
import { formatBytes } from '../../shared/bytes/format.ts'
import type { Codecs } from '../../shared/codecs/codecs.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import type { PartHead } from '../../shared/report/body/multipart.ts'
import { Refusal } from '../../shared/report/refusals.ts'
import { rawCrashPart, StoredPartsReader } from '../../shared/report/stored.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import { openInflated, streamOf } from './inflated-object.ts'

/** The start of a file, or some of its bytes. */
type FileEvent = { head: PartHead; bytes?: undefined } | { bytes: Uint8Array; head?: undefined }

/** A file, opened. */
export interface OpenFile {
  head: PartHead
  /** The first bytes; empty for an empty file. They are part of `body`. */
  start: Uint8Array
  body: ReadableStream<Uint8Array>
}

/**
 * The files in order, without the raw crash.
 * @throws CrashError 'damaged', 'storage'
 */
export async function* storedFiles(
  inflated: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<FileEvent> {
  const events: FileEvent[] = []
  let isFile = false
  const reader = new StoredPartsReader({
    part(head) {
      isFile = head.name !== rawCrashPart
      if (isFile) events.push({ head })
    },
    data(bytes) {
      if (isFile) events.push({ bytes: bytes.slice() })
    },
    end: () => {},
  })
  try {
    for (;;) {
      const { done, value } = await inflated.read()
      if (done) break
      reader.write(value)
      yield* events.splice(0)
    }
    reader.finish()
    yield* events.splice(0)
  } catch (error) {
    throw damageOf(error)
  } finally {
    await inflated.cancel()
  }
}

function damageOf(error: unknown): unknown {
  const isDamage = error instanceof Refusal || (isCrashError(error) && error.code === 'bad-report')
  return isDamage ? new CrashError('damaged', 'A stored report cannot be read', { cause: error }) : error
}

/** Opens one file, by the name under which it is stored; null when there is none: then the object is released. */
export async function openStoredFile(
  object: StoredObject,
  name: string,
  codecs: Codecs,
): Promise<OpenFile | null> {
  const inflated = openInflated(object, codecs).getReader()
  const events = storedFiles(inflated)
  for (;;) {
    const { done, value } = await events.next()
    if (done) return null
    if (value.head?.name !== name) continue
    const start = await readStart(events)
    const pieces = restOf(start, events)
    return { head: value.head, start, body: streamOf(pieces, (reason) => inflated.cancel(reason)) }
  }
}

/** At least the bytes that identify a format, if the file has as many. */
async function readStart(events: AsyncGenerator<FileEvent>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array()
  while (start.length < formatBytes) {
    const { done, value } = await events.next()
    if (done || !value.bytes) break
    start = concatBytes([start, value.bytes])
  }
  return start
}

async function* restOf(start: Uint8Array, events: AsyncGenerator<FileEvent>): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start
    if (start.length < formatBytes) return
    for await (const { bytes } of events) {
      if (!bytes) return
      yield bytes
    }
  } finally {
    await events.return(undefined)
  }
}
