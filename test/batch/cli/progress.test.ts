// Progress: a bar on a terminal, else a line a minute.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
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

test('slow work prints its rate per minute', () => {
  using progress = startProgress('Simulating', 28, 'days')
  progress.tick(5)
  vi.advanceTimersByTime(60_000)
  expect(written).toBe('mayday: Simulating: 5 of 28 days, 5/min, after 60 s\n')
})

test.each([
  [59, '59/min'],
  [60, '1/s'],
  [89, '1/s'],
  [90, '2/s'],
])('the rate of %d in a minute is %s', (done, rate) => {
  using progress = startProgress('process', 100, 'crashes')
  progress.tick(done)
  vi.advanceTimersByTime(60_000)
  expect(written).toBe(`mayday: process: ${done} of 100 crashes, ${rate}, after 60 s\n`)
})

test('work of percentages prints no rate', () => {
  using progress = startProgress('process', 100, '%')
  progress.tick(30.4)
  vi.advanceTimersByTime(60_000)
  expect(written).toBe('mayday: process: 30 % after 60 s\n')
})

test('work of unknown size prints what is done', () => {
  using progress = startProgress('aggregate', 0, 'documents')
  progress.tick(600)
  vi.advanceTimersByTime(60_000)
  expect(written).toBe('mayday: aggregate: 600 documents, 10/s, after 60 s\n')
})

describe('on a terminal', () => {
  const wasTerminal = process.stderr.isTTY
  beforeEach(() => {
    process.stderr.isTTY = true
  })
  afterEach(() => {
    process.stderr.isTTY = wasTerminal
  })

  test.each([
    ['a bar', 100, 30, 'crashes', '30 of 100 crashes'],
    ['a bar of percentages', 100, 30.3, '%', '30 %'],
    ['without a total, what is done', 0, 30, 'crashes', 'process: 30 crashes, 15/s, after 2 s'],
    ['without a count, the time', 0, 0, '%', 'process: still running after 2 s'],
  ])(
    'long work shows %s, and changes no mode that Ctrl-C would leave behind',
    (_name, total, done, unit, text) => {
      using progress = startProgress('process', total, unit)
      progress.tick(done)
      vi.advanceTimersByTime(2000)
      expect(written).toContain(text)
      expect(written).not.toMatch(/\x1b\[\?\d+[hl]/)
    },
  )

  test('a bar follows the count, the total and the rate, and disappears at the end', () => {
    const progress = startProgress('process', 100, 'crashes')
    vi.advanceTimersByTime(999)
    expect(written).toBe('')
    vi.advanceTimersByTime(1)
    expect(written).toContain('0 of 100 crashes, 0/min')
    written = ''
    progress.update({ planned: 200, done: 30 })
    vi.advanceTimersByTime(1000)
    expect(written).toContain('30 of 200 crashes, 30/s')
    written = ''
    progress.tick(30)
    vi.advanceTimersByTime(1000)
    expect(written).toContain('60 of 200 crashes, 30/s')
    progress[Symbol.dispose]()
    written = ''
    progress.tick()
    vi.advanceTimersByTime(5000)
    expect(written).toBe('')
  })
})
