// Temporary files, and folders for them.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A path that no other operation uses. The file at that path is removed on disposal. */
export async function temporaryFile(
  dir: string,
  suffix = '.parquet',
): Promise<AsyncDisposable & { path: string }> {
  await makeFolder(dir)
  const path = join(dir, `tmp-${process.pid}-${Math.random().toString(36).slice(2)}${suffix}`)
  return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

/**
 * Creates a folder and those above it. Node's own recursive `mkdir` never returns where nothing can be created, as in
 * `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  const created = await tryMkdir(path)
  if (created !== 'no-parent' || dirname(path) === path) return
  await makeFolder(dirname(path))
  await mkdir(path).catch(ignoreExisting)
}

const tryMkdir = (path: string): Promise<'there' | 'no-parent'> =>
  mkdir(path).then(
    () => 'there',
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 'no-parent'
      ignoreExisting(error)
      return 'there'
    },
  )

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
