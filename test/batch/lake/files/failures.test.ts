// Every failure of stored objects, the cache and DuckDB as the line that a user reads.
import { describe, expect, test } from 'vitest'
import { damageIn, damaged, describeDamage, expectedFailure } from '../../../../batch/lake/files/damage.ts'
import { CrashError } from '../../../../shared/errors.ts'
import { processedKey, rawKey, tableKey } from '../../../../shared/keys.ts'

const crashId = '00000000-0000-8000-8000-000000261021'
const day = '2026-10-21'

describe('a damaged object', () => {
  test.each([
    [tableKey('crashes', day, '0of1', 0), `run mayday process --date ${day}`],
    [tableKey('protected', day, '1of2', 3), `run mayday process --date ${day}`],
    [tableKey('modules', day, '0of1', 0), `run mayday process --date ${day}`],
    [tableKey('signatures', day, '0of1', 0), 'run mayday aggregate'],
    [tableKey('builds', day, 'imported', 0), 'delete it, then run mayday import --builds again'],
    [processedKey(crashId), `run mayday process --crash-id ${crashId}`],
    [rawKey(crashId), `restore it from a backup, or run mayday expunge ${crashId}`],
    ['aggregates/home.json', 'delete it, then run mayday aggregate'],
  ])('%s has the cure: %s', (key, cure) => {
    const file = { key, why: 'too short' }
    const message = `${key} is damaged (too short): ${cure}`
    expect(describeDamage(file)).toBe(message)
    expect(damaged(file)).toEqual(new CrashError('damaged', message))
    expect(describeDamage({ ...file, moved_to: 'quarantine/x' })).toBe(
      `${key} was damaged (too short): it was moved to quarantine/x`,
    )
  })
})

test.each([
  ['Invalid Error: No magic bytes', 'No magic bytes'],
  ['Invalid Input Error: Bad page', 'Bad page'],
  ['Serialization Error: Too short', 'Too short'],
  ["Invalid Input Error: No magic bytes found at end of file '/x/y.parquet'", 'No magic bytes found'],
  ['Invalid Input Error: Cannot read FILE "/x/y.parquet" here', 'Cannot read here'],
  ["Invalid Error: File '/x/y.parquet' is too small", 'is too small'],
  ['IO Error: x', null],
  ['Catalog Error: Invalid Error: x', null],
])('of %j, the damage is %j', (message, expected) => expect(damageIn(message)).toBe(expected))

describe('an error', () => {
  const failure = (message: string, more: object = {}) =>
    expectedFailure(Object.assign(new Error(message), more), '/cache')
  const cacheFails = (reason: string) =>
    new CrashError(
      'storage',
      `The cache /cache cannot be used (${reason}): free space or allow writing there, or set MAYDAY_CACHE to another folder`,
    )

  test.each<[string, object, CrashError | null]>([
    ['IO Error: /cache/x is full\nmore', {}, cacheFails('IO Error: /cache/x is full')],
    ['IO Error: /other/x is full', {}, null],
    ['Error: /cache/x is full', {}, null],
    ['ENOSPC', { syscall: 'write' }, cacheFails('ENOSPC')],
    ['EACCES', { syscall: 'open', path: '/cache/x' }, cacheFails('EACCES')],
    ['EACCES', { syscall: 'open', path: '/other/cache/x' }, null],
    ['EACCES', { path: '/cache/x' }, null],
    [
      'Out of Memory Error: failed to pin',
      {},
      new CrashError(
        'limit',
        'DuckDB needs more memory: set MAYDAY_DUCKDB_MEMORY higher (Out of Memory Error: failed to pin)',
      ),
    ],
    [
      'Invalid Error: Bad page',
      {},
      new CrashError('damaged', 'A table file is damaged (Bad page): mayday verify --deep names it'),
    ],
    ['Invalid Input Error: Bad value', {}, null],
    [
      `Invalid Input Error: No magic bytes in file '/s/tables/crashes/date=${day}/0of1-0.parquet'`,
      {},
      damaged({ key: tableKey('crashes', day, '0of1', 0), why: 'No magic bytes in' }),
    ],
    [
      `Invalid Error: No magic bytes in file '/c/tables~modules~date~${day}~0of1-0.parquet/v-1'`,
      {},
      damaged({ key: tableKey('modules', day, '0of1', 0), why: 'No magic bytes in' }),
    ],
    ['Binder Error: no such column', {}, null],
  ])('%s with %j', (message, more, expected) => {
    const found = failure(message, more)
    expect(found && [found.code, found.message]).toEqual(expected && [expected.code, expected.message])
    if (found && found.code !== 'damaged') expect(found.cause).toBeInstanceOf(Error)
  })

  test('that is expected stays unchanged; anything that is not an error is a bug', () => {
    const expected = new CrashError('missing', 'x')
    expect(expectedFailure(expected, '/cache')).toBe(expected)
    expect(expectedFailure('ENOSPC', '/cache')).toBeNull()
  })
})
