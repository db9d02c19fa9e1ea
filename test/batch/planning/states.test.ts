// All states of a crash in one store: verify reports each by the table, and its advice repairs each.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { temporaryFile } from '../../../batch/lake/files/temporary.ts'
import { type CrashTable, crashesTable, modulesTable, protectedTable } from '../../../batch/lake/tables.ts'
import { describeFinding, type Finding, type Parts, ruleOf } from '../../../batch/planning/states.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { expungeCrashes } from '../../../batch/removal/expunge.ts'
import { erasureKey, processedKey, rawKey, tableKey } from '../../../shared/keys.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-states-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const date = '2026-10-21'

const both = [true, false]
const counts = [0, 1, 2] as const
/** Every combination, except fewer modules than a row counts where there is no row. */
const states: readonly Parts[] = both.flatMap((erasing) =>
  both.flatMap((report) =>
    both.flatMap((document) =>
      counts.flatMap((crashes) =>
        counts.flatMap((inProtected) =>
          (['right', 'fewer', 'more'] as const)
            .filter((modules) => crashes > 0 || modules !== 'fewer')
            .map((modules) => ({ erasing, report, document, crashes, protected: inProtected, modules })),
        ),
      ),
    ),
  ),
)

let stores: Stores
const ids = new Map<string, Parts>()
const process = () => processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1 })

beforeAll(async () => {
  stores = memoryStores()
  const dumps = [{ name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O2-trap') }]
  for (const [n, state] of states.entries())
    ids.set(await storeReport(stores.crashes, { annotations: { n: String(n) }, dumps }), state)
  await process()
  const copies = (state: Parts) => {
    const without = state.crashes === 0 && state.modules === 'right'
    return { right: without ? 0 : 1, fewer: 0, more: state.crashes === 0 ? 1 : 2 }[state.modules]
  }
  await repeatRows(crashesTable, (state) => state.crashes)
  await repeatRows(protectedTable, (state) => state.protected)
  await repeatRows(modulesTable, copies)
  for (const [id, { erasing, report, document }] of ids) {
    if (erasing) await stores.crashes.put(erasureKey(id), new Uint8Array())
    if (!report) await stores.crashes.delete(rawKey(id))
    if (!document) await stores.crashes.delete(processedKey(id))
  }
}, 120_000)

/** Writes the rows of every crash as often as its state wants. */
async function repeatRows(table: CrashTable, times: (state: Parts) => number): Promise<void> {
  const bench = await openBench(stores)
  const { files } = bench
  await using out = await temporaryFile(files.dir)
  await execute(
    files.database.connection,
    `COPY (SELECT f.* FROM read_parquet($paths) f JOIN (SELECT unnest($ids) AS crash_id) USING (crash_id))
     TO $out (FORMAT parquet)`,
    {
      paths: await localPaths(files, table, [date]),
      ids: [...ids].flatMap(([id, state]) => Array<string>(times(state)).fill(id)),
      out: out.path,
    },
  )
  await stores[table.bucket].put(tableKey(table.name, date, '0of1', 0), readFileSync(out.path))
  await bench.close()
}

async function verify(): Promise<Finding[]> {
  const bench = await openBench(stores)
  const { findings } = await verifyStore(bench.files)
  await bench.close()
  return findings
}

const idsWhere = (wanted: (state: Parts) => boolean) =>
  [...ids].filter(([, state]) => wanted(state)).map(([id]) => id)

describe('verify', () => {
  test('reports every state as listed in the table', async () => {
    const found = Map.groupBy(await verify(), (finding) => finding.crash_id)
    for (const [id, state] of ids) {
      const { kinds } = ruleOf(state)
      const findings = found.get(id) ?? []
      expect({ state, some: findings.length > 0 }).toEqual({ state, some: kinds !== null })
      for (const { kind } of findings) expect(kinds).toContain(kind)
    }
  })

  test('never advises to delete a crash whose report is stored, unless its deletion has begun', async () => {
    const keep = new Set(idsWhere(({ report, erasing }) => report && !erasing))
    const findings = (await verify()).filter(({ crash_id }) => keep.has(crash_id))
    expect(findings.length).toBeGreaterThan(keep.size)
    for (const finding of findings) expect(describeFinding(finding)).toMatch(/: run mayday process$/)
  })

  test('advises cures that repair every state', async () => {
    const kept = idsWhere(({ report, erasing }) => report && !erasing).sort()
    const advised = (findings: readonly Finding[], cure: string) => [
      ...new Set(
        findings
          .filter((one) => describeFinding(one).endsWith(cure.replace('ID', one.crash_id)))
          .map((one) => one.crash_id),
      ),
    ]
    const before = await verify()
    expect(advised(before, 'run mayday process').sort()).toEqual(
      kept.filter((id) => ruleOf(ids.get(id)!).kinds !== null),
    )
    await process()
    const left = await verify()
    const lost = advised(left, 'run mayday expunge ID')
    expect(lost.sort()).toEqual([...new Set(left.map(({ crash_id }) => crash_id))].sort())
    expect(lost.filter((id) => kept.includes(id))).toEqual([])
    const bench = await openBench(stores)
    const updateCopies = () => Promise.reject(new Error('stopped'))
    await expect(expungeCrashes(bench.files, lost, { updateCopies })).rejects.toThrow('stopped')
    expect(advised(await verify(), 'run mayday expunge ID').sort()).toEqual(lost.sort())
    await expungeCrashes(bench.files, lost)
    await bench.close()
    expect(await verify()).toEqual([])
    for (const id of kept) expect(await stores.crashes.head(processedKey(id))).not.toBeNull()
  }, 120_000)
})
