// The stack key of a crash must be the same with and without symbols.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { literalList } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const symbolDir = join(import.meta.dirname, '../../fixtures/symbols')
/** Crashes in the program itself and in the C and C++ libraries it calls, with optimized and inlined code. */
const dumps: Readonly<Record<string, readonly string[]>> = {
  amd64: [
    'cpp-basics-O0-null-read',
    'cpp-basics-O0-double-free',
    'cpp-basics-O0-pure-virtual',
    'cpp-basics-O2-vector-at',
    'cpp-inlines-O2-parser',
    'cpp-deep-O2-overflow',
    'cpp-threads-O0-queue',
    'rust-panics-abort-index',
    'rust-generics-release-dyn',
  ],
  x86: [
    'cpp-basics-m32-O0-null-read',
    'cpp-basics-m32-O0-abort',
    'cpp-templates-m32-sort',
    'c-noinfo-m32-qsort',
  ],
  arm64: [
    'arm64-basics-O0-abort',
    'arm64-deep-O2-overflow',
    'arm64-inlines-O2-parser',
    'arm64-templates-O1-sort',
    'arm64-threads-O1-queue',
  ],
}

const dir = mkdtempSync(join(tmpdir(), 'mayday-stack-key-'))
const stores = memoryStores()
const idOf = new Map<string, string>()
let bench: Bench
interface Row {
  crash_id: string
  cpu_arch: string
  signature: string
  stack_key: string
}
type Rows = ReadonlyMap<string, Row>
let bare: Rows
let named: Rows

async function rowsAfter(symbols: readonly string[]): Promise<Rows> {
  const crashIds = [...idOf.values()]
  await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, symbols, crashIds })
  const paths = literalList(await localPaths(bench.files, crashesTable, ['2026-10-21']))
  const reader = await bench.files.database.connection.runAndReadAll(
    `SELECT crash_id, cpu_arch, signature, stack_key FROM read_parquet(${paths})`,
  )
  return new Map((reader.getRowObjectsJS() as unknown as Row[]).map((row) => [row.crash_id, row]))
}

beforeAll(async () => {
  bench = await openBench(stores)
  for (const name of Object.values(dumps).flat()) {
    const id = await storeReport(stores.crashes, {
      annotations: { ProductName: 'P', name },
      dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }],
    })
    idOf.set(name, id)
  }
  bare = await rowsAfter([])
  named = await rowsAfter([symbolDir])
}, 120_000)
afterAll(async () => {
  await bench.close()
  rmSync(dir, { recursive: true, force: true })
})

describe.each(Object.entries(dumps))('%s', (cpu, names) => {
  test.each(names)('%s', (name) => {
    const before = bare.get(idOf.get(name)!)!
    const after = named.get(idOf.get(name)!)!
    expect(after.cpu_arch).toBe(cpu)
    expect(before.stack_key).toMatch(/^[0-9a-f]{16}$/)
    expect(after.signature, 'symbols change the frames').not.toBe(before.signature)
    expect(after.stack_key).toBe(before.stack_key)
  })
})

test('crashes at different places have different keys', () => {
  expect(new Set([...named.values()].map((row) => row.stack_key)).size).toBe(idOf.size)
})
