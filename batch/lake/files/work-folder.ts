// The working directory of a run, inside a cache that processes of several hosts may share.
import { randomUUID } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../../shared/make-folder.node.ts'
import type { Millis } from '../../../shared/units.ts'

/** How often a run renews the lease of its directory. */
const renewEvery: Millis = 30_000
/** A directory whose lease is older than this belongs to a run that was killed. */
const expiresAfter: Millis = 10 * 60_000

const prefix = 'work-'
const leaseOf = (dir: string) => join(dir, 'lease')

/**
 * Creates a working directory, and removes those of killed runs. A lease, a file that the run writes again and again,
 * shows that it is in use: process IDs differ between hosts and containers. Leases are compared by the clock of the
 * file system, because the clocks of hosts differ. Disposal removes the directory.
 */
export async function openWorkFolder(cacheDir: string): Promise<AsyncDisposable & { dir: string }> {
  const name = `${prefix}${randomUUID()}`
  const dir = join(cacheDir, name)
  makeFolder(dir)
  const renew = () => writeFile(leaseOf(dir), name)
  await renew()
  await removeExpired(cacheDir, (await stat(leaseOf(dir))).mtimeMs)
  // A directory that was removed by hand fails where it is used.
  const timer = setInterval(() => void renew().catch(() => {}), renewEvery).unref()
  return {
    dir,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await rm(dir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** @param now by the clock of the file system */
async function removeExpired(cacheDir: string, now: Millis): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(prefix)) continue
    const dir = join(cacheDir, name)
    const renewed = (await lastChange(leaseOf(dir))) ?? (await lastChange(dir))
    if (renewed === null || now - renewed < expiresAfter) continue
    // Another run may remove it at the same time.
    await rm(dir, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Null if there is no such file. */
const lastChange = (path: string): Promise<Millis | null> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )
