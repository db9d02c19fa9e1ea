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

test('a dump that fills memory fails, and those before and after it are walked', async () => {
  const entry = new URL('../support/walk-worker.ts', import.meta.url)
  const walked: WalkedFile[] = []
  for await (const one of walkFiles(['first', 'huge', 'last'], settings, { threads: 2, entry }))
    walked.push(one)
  expect(walked).toEqual([
    { path: 'first', text: 'walked', notes: [] },
    { path: 'huge', failure: 'walking it failed (out of memory)' },
    { path: 'last', text: 'walked', notes: [] },
  ])
}, 60_000)
