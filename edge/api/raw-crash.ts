// The raw crash of a stored report, read piece by piece: the files before it may be larger than memory.
import { ByteBuffer } from '../../shared/bytes/byte-buffer.ts'
import { CrashError } from '../../shared/errors.ts'
import { publicAnnotations } from '../../shared/fields/annotations.ts'
import { isObject } from '../../shared/own.ts'
import { rawCrashPart, StoredPartsReader } from '../../shared/report/stored.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import type { EdgeDeps } from '../deps.ts'
import { openInflated } from '../reads/inflated-object.ts'

/** Bytes of memory per byte of JSON while it is parsed and written. */
const parsedFactor = 4

/** @throws CrashError 'damaged'; Overloaded */
export async function readRawCrash(
  object: StoredObject,
  { codecs, budget }: Pick<EdgeDeps, 'codecs' | 'budget'>,
): Promise<Record<string, unknown>> {
  const share = budget.open()
  const json = new ByteBuffer()
  let isRawCrash = false
  const reader = new StoredPartsReader({
    part: (head) => {
      isRawCrash = head.name === rawCrashPart
    },
    data: (bytes) => {
      if (isRawCrash) json.append(bytes)
    },
    end: () => {},
  })
  try {
    for await (const bytes of openInflated(object, codecs)) {
      reader.write(bytes)
      share.hold(json.length * parsedFactor)
    }
    reader.finish()
    const value: unknown = JSON.parse(new TextDecoder().decode(json.view()))
    if (isObject(value) && !Array.isArray(value)) return value
    throw new CrashError('damaged', 'The raw crash of a stored report is not an object')
  } finally {
    share.release()
  }
}

/** Of those that the collector adds. */
const publicOfCollector: ReadonlySet<string> = new Set(['version'])

/** The annotations that everyone may see. */
export const publicRawCrash = (rawCrash: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(
    Object.entries(rawCrash).filter(([name]) => publicAnnotations.has(name) || publicOfCollector.has(name)),
  )
