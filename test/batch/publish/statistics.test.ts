// Statistics of published files: bounds that hold for every value, and footers read without the rest of the file.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../../batch/lake/duckdb.ts'
import { fieldId } from '../../../batch/lake/field-ids.ts'
import { copyStatement } from '../../../batch/lake/parquet.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { footerFile } from '../../../batch/publish/footers.ts'
import { boundOf, readStatistics, upperText } from '../../../batch/publish/statistics.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
afterAll(() => bench.close())

describe('bounds of text', () => {
  test.each([
    ['', ''],
    ['short', 'short'],
    ['exactly 16 chars', 'exactly 16 chars'],
    ['more than 16 characters', 'more than 16 chb'],
    [`${'a'.repeat(15)}\u{10ffff}x`, `${'a'.repeat(14)}b`],
    [`${'a'.repeat(15)}\ud7ffx`, `${'a'.repeat(15)}\ue000`],
    [`a${'\u{10ffff}'.repeat(16)}`, 'b'],
    ['\u{10ffff}'.repeat(17), null],
  ])('the upper bound of %j is %j', (text, bound) => {
    expect(upperText(text)).toEqual(bound === null ? null : Buffer.from(bound))
  })

  test('hold for any text, in the order of its UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 40 }), (text) => {
        const bytes = Buffer.from(text)
        const upper = upperText(text) ?? bytes
        return Buffer.compare(boundOf('string', text), bytes) <= 0 && Buffer.compare(upper, bytes) >= 0
      }),
    )
  })
})

describe('statistics', () => {
  test('come from the footer alone, over all row groups', async () => {
    const { files, dir } = bench
    const out = join(dir, 'rows.parquet')
    const rows = `SELECT format('{:05d}', n) AS crash_id, CASE WHEN n % 2 = 0 THEN 'P' || (n // 2000) END AS product,
      NULL::VARCHAR AS version, (n - 10)::INTEGER AS major_version, DATE '2026-10-21' AS date, 'a long signature ' || n AS signature,
      TIMESTAMPTZ '2026-10-21 00:00:00.000001+00' + to_seconds(n::BIGINT) AS submitted_at FROM range(5000) t(n)`
    const sql = copyStatement(crashesTable, rows, { rowGroupSize: 2048 })
    await execute(files.database.connection, sql, { out })
    const bytes = await readFile(out)
    // Only the end is ever read.
    const { lake } = files.stores
    await lake.put('x', Buffer.concat([Buffer.alloc(100_000), bytes]))
    expect(await footerFile(lake, { key: 'x', size: bytes.length }, dir)).toBeNull()
    await using footer = (await footerFile(lake, { key: 'x', size: bytes.length + 100_000 }, dir))!
    const found = await readStatistics(files.database, crashesTable, [footer.path])
    const { rows: count, columns } = found.get(footer.path)!
    expect(count).toBe(5000)
    const of = (name: string) => columns.find(({ id }) => id === fieldId([name]))
    expect(of('crash_id')).toMatchObject({ values: 5000, nulls: 0, lower: Buffer.from('00000') })
    expect(of('product')).toMatchObject({ nulls: 2500, lower: Buffer.from('P0'), upper: Buffer.from('P2') })
    expect(of('version')).toMatchObject({ values: 5000, nulls: 5000, lower: null, upper: null })
    expect(of('major_version')).toMatchObject({
      lower: boundOf('int32', '-10'),
      upper: boundOf('int32', '4989'),
    })
    expect(of('signature')!.upper!.toString()).toBe('a long signaturf')
    const day = BigInt(Date.UTC(2026, 9, 21)) * 1000n
    expect(of('submitted_at')).toMatchObject({ lower: boundOf('timestamp', String(day + 1n)) })
    expect(of('date')!.lower).toEqual(boundOf('date', String(Date.UTC(2026, 9, 21) / 86_400_000)))
    expect(of('frames')).toBeUndefined()
  })

  test('of something else than a Parquet file are refused, with the cure', async () => {
    const { lake } = bench.files.stores
    for (const [name, bytes] of Object.entries({
      empty: '',
      short: 'PAR1',
      text: 'x'.repeat(1000),
      lying: `${'x'.repeat(100)}\xff\xff\xff\x7fPAR1`,
    })) {
      const content = Buffer.from(bytes, 'latin1')
      await lake.put(name, content)
      const reading = footerFile(lake, { key: name, size: content.length }, bench.dir)
      await expect(reading).rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining(name) })
    }
  })
})
