// Temporary files.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../../shared/make-folder.node.ts'

/** A path that no other operation uses. The file at that path is removed on disposal. */
export async function temporaryFile(
  dir: string,
  suffix = '.parquet',
): Promise<AsyncDisposable & { path: string }> {
  makeFolder(dir)
  const path = join(dir, `tmp-${process.pid}-${Math.random().toString(36).slice(2)}${suffix}`)
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}
