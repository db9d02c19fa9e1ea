// Numbers, times and sizes as text.
import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDate,
  formatDay,
  formatDuration,
  formatLocal,
  formatEpoch,
  formatPoints,
  formatSeconds,
  formatShare,
  formatSize,
  formatTime,
  plural,
} from '../../../dashboard/model/format.ts'

describe('format', () => {
  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1.0 s'],
    [119_900, '119.9 s'],
    [120_000, '2 min'],
  ])('formatDuration(%d)', (ms, text) => expect(formatDuration(ms)).toBe(text))

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_900, '99.9 kB'],
    [100_000, '0.1 MB'],
    [45_000_000, '45.0 MB'],
  ])('formatSize(%d)', (bytes, text) => expect(formatSize(bytes)).toBe(text))

  test.each([
    [0, '0 seconds'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, '60 seconds (1 minute)'],
    [3725, '3,725 seconds (1 hour, 2 minutes and 5 seconds)'],
    [86_400, '86,400 seconds (1 day)'],
    [-90, '-90 seconds (minus 1 minute and 30 seconds)'],
  ])('formatSeconds(%d)', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))

  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1,023 bytes'],
    [1024, '1,024 bytes (1.0 KiB)'],
    [-2048, '-2,048 bytes (−2.0 KiB)'],
    [2 ** 20, '1,048,576 bytes (1.0 MiB)'],
    [8_589_934_592, '8,589,934,592 bytes (8.0 GiB)'],
  ])('formatBytes(%d)', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  test.each([
    [0, '0.0 %'],
    [0.0001, '<0.1 %'],
    [0.0005, '0.1 %'],
    [0.1234, '12.3 %'],
    [1, '100.0 %'],
  ])('formatShare(%d)', (share, text) => expect(formatShare(share)).toBe(text))

  test.each([
    [1.25, '+1.3'],
    [-0.3, '−0.3'],
    [0, '0.0'],
    [0.04, '0.0'],
    [1234.5, '+1,234.5'],
    [-0.04, '0.0'],
  ])('formatPoints(%d)', (points, text) => expect(formatPoints(points)).toBe(text))

  test('counts are grouped, rounded and, on axes, short', () => {
    expect(formatCount(12345.5)).toBe('12,346')
    expect(formatCompact(12345)).toBe('12.3K'.toLowerCase())
    expect(plural(1, 'crash', 'crashes')).toBe('1 crash')
    expect(plural(1200, 'report')).toBe('1,200 reports')
  })

  test('times of the reader name their zone; other texts are unchanged', () => {
    expect(formatLocal('2026-11-22T23:59:59-03:00')).toMatch(/^2[23] Nov 2026, \d\d:\d\d \S+, your time$/)
    expect(formatLocal('soon')).toBe('soon')
  })

  test('times are UTC; other texts are unchanged', () => {
    expect(formatTime('2026-11-22T23:59:59.120000+00:00')).toBe('22 Nov 2026, 23:59 UTC')
    expect(formatTime('2026-11-22T23:59:59-03:00')).toBe('23 Nov 2026, 02:59 UTC')
    expect(formatDay('2026-11-02')).toBe('2 Nov')
    expect(formatDate('2026-11-02')).toBe('2 Nov 2026')
    expect(formatDate('soon')).toBe('soon')
    expect(formatEpoch(0)).toBe('1 Jan 1970, 00:00 UTC')
    expect(formatEpoch(1e20)).toBeNull()
  })
})
