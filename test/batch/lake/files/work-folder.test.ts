// Working directories in a cache that processes of several hosts share.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openWorkFolder } from '../../../../batch/lake/files/work-folder.ts'
import { until } from '../../../support/until.ts'

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'mayday-work-'))
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(cache, { recursive: true, force: true })
})

/** A working directory of a process of another host, renewed or created some minutes ago. */
function folderOfOther(name: string, { lease, minutesAgo }: { lease: boolean; minutesAgo: number }): string {
  const dir = join(cache, name)
  mkdirSync(join(dir, 'spill'), { recursive: true })
  const at = new Date(Date.now() - minutesAgo * 60_000)
  if (lease) {
    writeFileSync(join(dir, 'lease'), name)
    utimesSync(join(dir, 'lease'), at, at)
  }
  utimesSync(dir, at, at)
  return dir
}

test.each([
  ['a lease that was renewed lately', { lease: true, minutesAgo: 9 }, true],
  ['a lease that expired', { lease: true, minutesAgo: 11 }, false],
  ['no lease yet', { lease: false, minutesAgo: 0 }, true],
  ['no lease for long', { lease: false, minutesAgo: 11 }, false],
])('a directory with %s, of a process that is not on this host', async (_what, state, stays) => {
  const other = folderOfOther('work-999999999-x', state)
  const copies = join(cache, 'tables')
  mkdirSync(copies)
  utimesSync(copies, 0, 0)
  await using _own = await openWorkFolder(cache)
  expect(existsSync(other)).toBe(stays)
  expect(existsSync(copies)).toBe(true)
})

test('a run renews its lease until it ends, and then removes its directory', async () => {
  const own = await openWorkFolder(cache)
  const lease = join(own.dir, 'lease')
  utimesSync(lease, 0, 0)
  vi.advanceTimersByTime(30_000)
  await until(() => statSync(lease).mtimeMs > 0)
  await own[Symbol.asyncDispose]()
  expect(vi.getTimerCount()).toBe(0)
  expect(readdirSync(cache)).toEqual([])
})

test('two runs in one process have directories of their own', async () => {
  await using first = await openWorkFolder(cache)
  await using second = await openWorkFolder(cache)
  expect(readdirSync(cache).sort()).toEqual(
    [first.dir, second.dir].map((dir) => dir.slice(cache.length + 1)).sort(),
  )
})
