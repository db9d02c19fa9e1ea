// Times and texts in parameters: every form, and each part at its limits.
import { expect, test } from 'vitest'
import { parseInstant, printInstant } from '../../../shared/search/parameters/instants.ts'
import { quoted } from '../../../shared/search/parameters/problems.ts'

const day = '2026-08-01'
test.each<[string, string | null]>([
  [day, '2026-08-01T00:00:00+00:00'],
  [` ${day}\n`, '2026-08-01T00:00:00+00:00'],
  ['2026-8-1', '2026-08-01T00:00:00+00:00'],
  ['2026-12-31', '2026-12-31T00:00:00+00:00'],
  ['2024-02-29', '2024-02-29T00:00:00+00:00'],
  ['2026-02-29', null],
  ['2026-13-01', null],
  ['2026-00-01', null],
  ['2026-01-00', null],
  ['2026-01-32', null],
  ['0000-01-01', null],
  ['26-01-01', null],
  ['12026-01-01', null],
  ['2026-001-01', null],
  ['2026-01-001', null],
  [`x${day}`, null],
  [`${day}x`, null],
  [`${day}T`, null],
  [`${day}T12`, null],
  [`${day}Z`, null],
  [`${day}T12:34`, '2026-08-01T12:34:00+00:00'],
  [`${day}t12:34`, '2026-08-01T12:34:00+00:00'],
  [`${day} 12:34:56`, '2026-08-01T12:34:56+00:00'],
  [`${day}T1:34`, null],
  [`${day}T23:59:59`, '2026-08-01T23:59:59+00:00'],
  [`${day}T24:00:00`, null],
  [`${day}T23:60:00`, null],
  [`${day}T23:59:60`, null],
  [`${day}T12:34:56.5`, '2026-08-01T12:34:56.500000+00:00'],
  [`${day}T12:34:56,000001`, '2026-08-01T12:34:56.000001+00:00'],
  [`${day}T12:34:56.123456999`, '2026-08-01T12:34:56.123456+00:00'],
  [`${day}T12:34:56.1234567890`, null],
  [`${day}T12:34:56.`, null],
  [`${day}T12:34Z`, '2026-08-01T12:34:00+00:00'],
  [`${day}T12:34:56.5z`, '2026-08-01T12:34:56.500000+00:00'],
  [`${day}T12:34 Z`, '2026-08-01T12:34:00+00:00'],
  [`${day}T12:34  Z`, null],
  [`${day}T12:34+02`, '2026-08-01T10:34:00+00:00'],
  [`${day}T12:34+0230`, '2026-08-01T10:04:00+00:00'],
  [`${day}T12:34 +02:30`, '2026-08-01T10:04:00+00:00'],
  [`${day}T12:34 02:30`, '2026-08-01T10:04:00+00:00'],
  [`${day}T12:34 0230`, null],
  [`${day}T12:34-02:30`, '2026-08-01T15:04:00+00:00'],
  [`${day}T00:00-23:59`, '2026-08-01T23:59:00+00:00'],
  [`${day}T23:59+23:59`, '2026-08-01T00:00:00+00:00'],
  [`${day}T00:00+24:00`, null],
  [`${day}T00:00+00:60`, null],
])('the time %j is %s', (text, expected) => {
  const time = parseInstant(text)
  expect(time === null ? null : printInstant(time)).toBe(expected)
})

test('times beyond what numbers hold exactly become the end', () => {
  expect(parseInstant('9999-12-31')).toBe(Number.MAX_SAFE_INTEGER)
  expect(parseInstant('0001-01-01')).toBe(-Number.MAX_SAFE_INTEGER)
})

test.each([
  ['a', `'a'`],
  [`it's`, `"it's"`],
  ['"', `'"'`],
  [`'"`, `'\\'"'`],
  ['\\', `'\\\\'`],
])('Python writes %s as %s', (text, expected) => expect(quoted(text)).toBe(expected))
