// Copies of the footers of Parquet files in the store: two small reads instead of the whole file.
import { open } from 'node:fs/promises'
import { CrashError } from '../../shared/errors.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Bytes } from '../../shared/units.ts'
import { temporaryFile } from '../lake/files/temporary.ts'

const tailBytes: Bytes = 64 * 1024
/** The length of the footer, and `PAR1`. https://parquet.apache.org/docs/file-format/ */
const endBytes: Bytes = 8

/**
 * A local file of the same size as the object, with its footer and nothing else, which takes little space. Null: the object
 * has another size.
 * @throws CrashError 'damaged' when the object is missing or not a Parquet file
 */
export async function footerFile(
  storage: Storage,
  { key, size }: { key: string; size: Bytes },
  dir: string,
): Promise<(AsyncDisposable & { path: string }) | null> {
  const tail = await readEnd(storage, { key, size }, tailBytes)
  if (tail === null) return null
  const length = footerLength(key, size, tail)
  const footer = length <= tail.length ? tail : await readEnd(storage, { key, size }, length)
  if (footer === null) return null
  const file = await temporaryFile(dir)
  const handle = await open(file.path, 'w')
  try {
    await handle.write(Buffer.from('PAR1'), 0, 4, 0)
    await handle.write(footer, 0, footer.length, size - footer.length)
  } finally {
    await handle.close()
  }
  return file
}

async function readEnd(
  storage: Storage,
  { key, size }: { key: string; size: Bytes },
  length: Bytes,
): Promise<Uint8Array | null> {
  const offset = Math.max(0, size - length)
  const object = await storage.get(key, { range: { offset, length: size - offset } })
  if (!object) throw new CrashError('damaged', `${key} is missing: run mayday publish again`)
  const bytes = await object.bytes()
  return object.size === size ? bytes : null
}

/** With the end. */
function footerLength(key: string, size: Bytes, tail: Uint8Array): Bytes {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  const isParquet = tail.length >= endBytes && new TextDecoder().decode(tail.subarray(-4)) === 'PAR1'
  const length = isParquet ? view.getUint32(tail.length - endBytes, true) + endBytes : 0
  if (isParquet && length <= size) return length
  throw new CrashError(
    'damaged',
    `${key} is not a Parquet file: run mayday verify --deep, then mayday publish`,
  )
}
