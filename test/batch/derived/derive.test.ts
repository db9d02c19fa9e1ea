// Tables derived from those of crashes: which files are written when, what they contain, and what is removed.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import {
  deriveDays,
  deriveTables,
  keepDerived,
  removeCrashCopies,
  removeProducts,
  repairDerived,
} from '../../../batch/derived/derive.ts'
import { readConfig } from '../../../batch/config.ts'
import { literal } from '../../../batch/lake/duckdb.ts'
import { localCopy } from '../../../batch/lake/files/local-copies.ts'
import { listTableFiles } from '../../../batch/lake/files/table-files.ts'
import { encodeRows } from '../../../batch/lake/parquet.ts'
import { type Row, rowsOfColumns } from '../../../batch/lake/rows.ts'
import {
  buildsTable,
  crashesTable,
  modulesTable,
  signaturesTable,
  type Table,
} from '../../../batch/lake/tables.ts'
import { auditRowOf } from '../../../shared/access/audit.ts'
import { checkVendor } from '../../../shared/fields/simulated.ts'
import { encodeLines } from '../../../shared/json/json-lines.ts'
import { auditKey, refusalsKey, tableKey } from '../../../shared/keys.ts'
import { countOf } from '../../../shared/refusal-counts.ts'
import { plainRowsOf } from '../support/plain-rows.ts'
import { memoryStores, openBench, putRows } from '../support/rows.ts'

const bench = await openBench(memoryStores())
afterAll(() => bench.close())
let files = bench.files
beforeEach(() => {
  files = { ...bench.files, stores: memoryStores(), damaged: new Map() }
})

const [monday, tuesday] = ['2026-10-19', '2026-10-20'] as const
const submitted_at = '2026-10-19T08:00:00+00:00'

const crash = (date: string, more: Row = {}): Row => ({
  ...{ crash_id: 'a', date, product: 'P', version: '1', release_channel: 'release', build_id: '20261001' },
  ...{ signature: 'f', submitted_at, processed_at: submitted_at, minidump_sha256_hash: 'h' },
  ...more,
})
const missing = (date: string, more: Row = {}): Row => ({
  ...{ crash_id: 'a', date, filename: 'm.dll', debug_file: 'm.pdb', debug_id: 'AB1', missing_symbols: true },
  ...more,
})

async function derivedRows(name: string, columns: string, date: string = monday): Promise<unknown[][]> {
  const object = await files.stores.lake.get(tableKey(name, date, 'all', 0))
  if (!object) return []
  const table = { ...signaturesTable, name }
  const [file] = await listTableFiles(files.stores.lake, name, date)
  const copy = await localCopy(files, table, file!)
  if (typeof copy !== 'object') throw new Error(String(copy))
  const sql = `SELECT ${columns} FROM read_parquet(${literal(copy.path)})`
  return plainRowsOf(await bench.files.database.connection.runAndReadAll(sql))
}

const derivedFiles = async () =>
  (await Array.fromAsync(files.stores.lake.list('tables/')))
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('tables/crashes/') && !key.startsWith('tables/modules/'))
    .map((key) => key.replace(/^tables\/|\/[^/]*$/g, ''))

describe('derived tables', () => {
  test('have the signatures, builds and missing modules of a day', async () => {
    const others = [
      crash(monday),
      crash(monday, { crash_id: 'b', weight: 10, build_id: '20261002' }),
      crash(monday, { crash_id: 'c', signature: null, build_id: null }),
      crash(monday, { crash_id: 'd', duplicate_of: 'a' }),
      crash(monday, { crash_id: 'e', vendor: checkVendor }),
    ]
    await putRows(files, crashesTable, monday, others)
    await putRows(files, modulesTable, monday, [
      missing(monday),
      missing(monday),
      missing(monday, { crash_id: 'b' }),
      missing(monday, { crash_id: 'c', missing_symbols: false }),
      missing(monday, { crash_id: 'd', filename: 'n.dll' }),
    ])
    expect(await deriveDays(files)).toBe(3)
    expect(await derivedRows('signatures', 'signature, product, count::INT, weighted, first_build')).toEqual([
      ['', 'P', 1, 1, null],
      ['f', 'P', 2, 11, '20261001'],
    ])
    expect(
      await derivedRows('builds', 'version, release_channel, build_id, count::INT, weighted, source'),
    ).toEqual([
      ['1', 'release', '20261001', 1, 1, 'crashes'],
      ['1', 'release', '20261002', 1, 10, 'crashes'],
    ])
    expect(
      await derivedRows('missing_modules', 'filename, debug_file, debug_id, product, count::INT, weighted'),
    ).toEqual([
      ['m.dll', 'm.pdb', 'AB1', 'P', 2, 11],
      ['n.dll', 'm.pdb', 'AB1', 'P', 0, 0],
    ])
  })

  test('have held dumps only when they are asked for, also without modules', async () => {
    await putRows(files, crashesTable, monday, [
      crash(monday),
      crash(monday, { crash_id: 'b', minidump_sha256_hash: '' }),
      crash(monday, { crash_id: 'c', dumps_dropped_at: submitted_at }),
    ])
    expect(await deriveDays(files)).toBe(2)
    expect(await derivedFiles()).toEqual([`builds/date=${monday}`, `signatures/date=${monday}`])
    expect(await deriveDays(files, 'held_dumps')).toBe(1)
    expect(await derivedRows('held_dumps', 'crash_id, product, signature, lacks_symbols')).toEqual([
      ['a', 'P', 'f', false],
    ])
    await putRows(files, modulesTable, monday, [missing(monday)])
    expect(await deriveDays(files, 'held_dumps')).toBe(1)
    expect(await derivedRows('held_dumps', 'crash_id, lacks_symbols')).toEqual([['a', true]])
    expect(await derivedFiles()).toHaveLength(3)
    await removeCrashCopies(files, monday)
    expect(await derivedFiles()).toEqual([`builds/date=${monday}`, `signatures/date=${monday}`])
  })

  test('are written again for the days whose crashes changed', async () => {
    for (const date of [monday, tuesday]) await putRows(files, crashesTable, date, [crash(date)])
    expect(await deriveDays(files)).toBe(4)
    expect(await deriveDays(files)).toBe(0)
    // Without the index, the metadata of the files say the same.
    await files.stores.lake.delete(['made-from/derived.json'])
    expect(await deriveDays(files)).toBe(0)
    await putRows(files, crashesTable, tuesday, [crash(tuesday, { signature: 'g' })])
    expect(await deriveDays(files)).toBe(2)
    expect(await derivedRows('signatures', 'signature', tuesday)).toEqual([['g']])
    expect(await deriveDays(files, 'builds')).toBe(0)
  })

  test('outlive the crashes of a day, except the missing modules', async () => {
    for (const date of [monday, tuesday]) {
      await putRows(files, crashesTable, date, [crash(date)])
      await putRows(files, modulesTable, date, [missing(date)])
    }
    expect(await deriveDays(files)).toBe(6)
    const keys = [crashesTable, modulesTable].map(({ name }) => tableKey(name, monday, '0of1', 0))
    await files.stores.lake.delete(keys)
    expect(await deriveDays(files)).toBe(0)
    expect(await derivedFiles()).toEqual([
      ...[`builds/date=${monday}`, `builds/date=${tuesday}`, `missing_modules/date=${tuesday}`],
      ...[`signatures/date=${monday}`, `signatures/date=${tuesday}`],
    ])
  })

  test('are kept for a day that is marked as current, although its crashes changed', async () => {
    await putRows(files, crashesTable, monday, [crash(monday), crash(monday, { crash_id: 'b' })])
    await deriveDays(files)
    await putRows(files, crashesTable, monday, [crash(monday)])
    await keepDerived(files, monday)
    await keepDerived(files, tuesday)
    expect(await deriveDays(files)).toBe(0)
    expect(await derivedRows('signatures', 'count::INT')).toEqual([[2]])
  })
})

describe('rows of products', () => {
  const fileOf = async (table: Table) => (await listTableFiles(files.stores.lake, table.name, monday))[0]!

  test('are removed from a file, which stays current', async () => {
    const rows = [
      crash(monday),
      crash(monday, { crash_id: 'b', product: 'Q' }),
      crash(monday, { product: null }),
    ]
    await putRows(files, crashesTable, monday, rows)
    await deriveDays(files)
    await removeProducts(files, signaturesTable, await fileOf(signaturesTable), ['P', ''])
    expect(await derivedRows('signatures', 'product')).toEqual([['Q']])
    expect(await deriveDays(files)).toBe(0)
  })

  test('stay when another run has changed the file', async () => {
    await putRows(files, crashesTable, monday, [crash(monday)])
    await deriveDays(files)
    const before = await fileOf(buildsTable)
    const bytes = await encodeRows(files, buildsTable, rowsOfColumns(buildsTable.columns, [crash(monday)]))
    await files.stores.lake.put(before.key, bytes)
    await removeProducts(files, buildsTable, before, ['P'])
    expect(await derivedRows('builds', 'product')).toEqual([['P']])
    await files.stores.lake.delete([before.key])
    await removeProducts(files, buildsTable, before, ['P'])
    expect(await files.stores.lake.head(before.key)).toBeNull()
  })
})

describe('all derived tables', () => {
  const open = () => ({ url: 'memory:', stores: files.stores, cacheDir: bench.dir, config: readConfig({}) })
  const kind = {
    ...{ product: 'P', version: '1', channel: 'release', platform: 'Linux' },
    ...{ processType: 'parent', rule: 'r' },
  }
  const putBatches = async () => {
    const time = new Date(submitted_at)
    await files.stores.crashes.put(refusalsKey(monday, 'a'), encodeLines([countOf(kind, time, 1)]))
    const who = { label: 'ann', tokenId: 't' }
    const row = auditRowOf(who, { action: 'read_crash', subject: 'id' }, time)
    await files.stores.crashes.put(auditKey(monday, 'a'), encodeLines([row]))
  }

  test('are counted together with refusals and the audit', async () => {
    await putRows(files, crashesTable, monday, [crash(monday)])
    await putBatches()
    expect(await deriveTables(open())).toBe(4)
    expect(await deriveTables(open())).toBe(0)
    expect(await derivedFiles()).toEqual([
      ...[`builds/date=${monday}`, `refusals/date=${monday}`, `signatures/date=${monday}`],
    ])
    const audit = await Array.fromAsync(files.stores.crashes.list('tables/'))
    expect(audit.map(({ key }) => key)).toEqual([tableKey('audit', monday, 'all', 0)])
  })

  test('are repaired: damaged files go to quarantine and are written again', async () => {
    await putRows(files, crashesTable, monday, [crash(monday)])
    await putBatches()
    await deriveTables(open())
    const key = tableKey('signatures', monday, 'all', 0)
    const [whole, refusals] = [await files.stores.lake.get(key), tableKey('refusals', monday, 'all', 0)]
    const bytes = await whole!.bytes()
    for (const name of [key, refusals]) await files.stores.lake.put(name, new Uint8Array(10))
    const damage = [
      { key, why: 'cut' },
      { key: refusals, why: 'cut too' },
      { key: tableKey('builds', tuesday, 'all', 0), why: 'not there' },
      { key: tableKey('crashes', monday, '0of1', 0), why: 'not derived' },
    ]
    expect(await repairDerived(open(), damage)).toEqual([
      { key, why: 'cut', moved_to: expect.stringMatching(/^quarantine\/.*signatures/) },
      { key: refusals, why: 'cut too', moved_to: expect.stringMatching(/^quarantine\/.*refusals/) },
    ])
    expect((await (await files.stores.lake.get(key))!.bytes()).length).toBe(bytes.length)
    expect(await derivedRows('refusals', 'rule')).toEqual([['r']])
  })
})
