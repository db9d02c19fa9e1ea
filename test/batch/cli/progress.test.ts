// Progress without a terminal: a line a minute.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startProgress } from '../../../batch/cli/progress.ts'

let written: string
beforeEach(() => {
  written = ''
  vi.useFakeTimers()
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test('short work prints nothing', () => {
  using progress = startProgress('Processing', 20, 'crashes')
  vi.advanceTimersByTime(59_000)
  progress.tick(20)
  expect(written).toBe('')
})

test('long work prints one line a minute until it ends, with count and rate', () => {
  {
    using progress = startProgress('process', 0, 'crashes')
    vi.advanceTimersByTime(60_000)
    progress.update({ planned: 20_000, done: 1500 })
    vi.advanceTimersByTime(30_000)
    progress.update({ done: 1500 })
    vi.advanceTimersByTime(30_000)
  }
  vi.advanceTimersByTime(600_000)
  expect(written).toBe(
    'mayday: process: still running after 60 s\nmayday: process: 3000 of 20000 crashes, 25/s, after 120 s\n',
  )
})

test('work of unknown size prints what is done', () => {
  using progress = startProgress('aggregate', 0, 'documents')
  progress.tick(600)
  vi.advanceTimersByTime(60_000)
  expect(written).toBe('mayday: aggregate: 600 documents, 10/s, after 60 s\n')
})
