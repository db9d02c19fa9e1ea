// Walking many dumps: one that fills memory costs only itself.
import { expect, test } from 'vitest'
import type { StackwalkSettings, WalkedFile } from '../../../batch/stackwalk/file.ts'
import { walkFiles } from '../../../batch/stackwalk/files.ts'

const settings: StackwalkSettings = {
  symbols: [],
  cacheFolder: null,
  memoryBytes: 1 << 20,
  format: 'json',
  maxFrames: 10,
}

const entry = new URL('../support/walk-worker.ts', import.meta.url)

async function walk(...paths: string[]): Promise<WalkedFile[]> {
  const walked: WalkedFile[] = []
  for await (const one of walkFiles(paths, settings, { threads: 2, entry })) walked.push(one)
  return walked
}

test('a dump that fills memory fails, and those before and after it are walked', async () => {
  expect(await walk('first', 'huge', 'last')).toEqual([
    { path: 'first', text: 'walked', notes: [] },
    { path: 'huge', failure: 'walking it failed (out of memory)' },
    { path: 'last', text: 'walked', notes: [] },
  ])
}, 60_000)

test('a single dump that fills memory or ends its thread fails with the reason', async () => {
  expect(await walk('huge')).toEqual([{ path: 'huge', failure: 'walking it failed (out of memory)' }])
  expect(await walk('exit')).toEqual([{ path: 'exit', failure: 'walking it failed (thread exited)' }])
}, 60_000)
