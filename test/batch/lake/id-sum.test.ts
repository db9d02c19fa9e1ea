import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase, rowsOf } from '../../../batch/lake/duckdb.ts'
import { addSums, idSumSql, sumIds } from '../../../batch/lake/id-sum.ts'

async function* listOf(ids: readonly string[]): AsyncGenerator<string> {
  yield* ids
}
const sumOf = (ids: readonly string[]) => sumIds(listOf(ids))

const hexDigits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((a) => a.map((n) => n.toString(16)).join(''))
const crashId = fc
  .tuple(hexDigits(8), hexDigits(4), hexDigits(3), hexDigits(3), hexDigits(5))
  .map(([a, b, c, d, e]) => `${a}-${b}-8${c}-8${d}-${e}0261021`)
const crashIds = fc.uniqueArray(crashId, { minLength: 2, maxLength: 12 })

describe('sumIds', () => {
  test('does not depend on order, and is additive over parts', async () => {
    await fc.assert(
      fc.asyncProperty(crashIds, fc.nat(12), async (ids, at) => {
        const whole = await sumOf(ids)
        expect(await sumOf([...ids].reverse())).toBe(whole)
        expect(addSums([await sumOf(ids.slice(0, at)), await sumOf(ids.slice(at))])).toBe(whole)
      }),
    )
  })

  test('detects that a duplicate replaces a lost crash', async () => {
    await fc.assert(
      fc.asyncProperty(crashIds, async (ids) => {
        const [lost, doubled, ...others] = ids
        expect(await sumOf([doubled!, doubled!, ...others])).not.toBe(
          await sumOf([lost!, doubled!, ...others]),
        )
      }),
    )
  })

  test('the sum of no IDs is zero', async () => {
    expect(await sumOf([])).toBe('0'.repeat(32))
    expect(addSums([])).toBe('0'.repeat(32))
  })

  test.each([[[undefined]], [['0'.repeat(32), undefined]], [['x']]])('the sum of %j is unknown', (sums) => {
    expect(addSums(sums)).toBeNull()
  })
})

describe('idSumSql', () => {
  let database: Database
  beforeAll(async () => {
    database = await openDatabase({ memory: '128MB', spillDir: tmpdir() })
  })
  afterAll(() => database.close())

  test('agrees with sumIds, with and without a condition', async () => {
    await fc.assert(
      fc.asyncProperty(crashIds, fc.nat(12), async (ids, at) => {
        const values = ids.map((id, i) => `('${id}', ${i})`).join(', ')
        const [found] = await rowsOf(
          database.connection,
          `SELECT ${idSumSql()} AS whole, ${idSumSql(`n < ${at}`)} AS part FROM (VALUES ${values}) t(crash_id, n)`,
        )
        expect(found).toEqual({ whole: await sumOf(ids), part: await sumOf(ids.slice(0, at)) })
      }),
      { numRuns: 20 },
    )
  })
})
