// `mayday reprocess --signature-only` on a store in a directory, as users run it: previews the changes, then writes
// only those.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { decodeProcessedCrash, encodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { compareGrouping, regroup } from '../../../batch/processing/regroup.ts'
import { openSignatureConfigs } from '../../../batch/processing/signature-config.ts'
import type { ProcessedCrash, RawCrash } from '../../../shared/crash.ts'
import { publicView } from '../../../shared/fields/public-view.ts'
import { processedKey } from '../../../shared/keys.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-regroup-'))
const root = join(dir, 'data')
const stores = {
  crashes: createFolderStorage(join(root, 'crashes')),
  lake: createFolderStorage(join(root, 'lake')),
  symbols: createFolderStorage(join(root, 'symbols')),
}
const symbols = [join(import.meta.dirname, '../../fixtures/symbols')]
const builtIn = join(import.meta.dirname, '../../../shared/signature/lists')

/** Lists with one more function: the one that reads through a null pointer. */
const lists = join(dir, 'lists')
const extraList = {
  topic: 'readers',
  entries: [{ role: 'prefix', is: 'app::Ledger::read_balance', reason: 'reads for many' }],
}

async function mayday(...args: string[]) {
  const env = { MAYDAY_CACHE: join(dir, 'cache') }
  const { code, stdout, stderr } = await callMayday([...args, '--store', `file:${root}`], env)
  expect(stderr).toBe('')
  return { code, stdout }
}
const regroupJson = async (...args: string[]) =>
  JSON.parse((await mayday('reprocess', '--signature-only', '--json', ...args)).stdout)
const rows = async () =>
  (await mayday('sql', 'select * exclude (frames) from crashes order by crash_id', '--format', 'jsonl'))
    .stdout
const documentOf = async (id: string) =>
  decodeProcessedCrash(await (await stores.crashes.get(processedKey(id)))!.bytes())

const ids: string[] = []

beforeAll(async () => {
  cpSync(builtIn, lists, { recursive: true })
  writeFileSync(join(lists, 'readers.json'), JSON.stringify(extraList))
  const dumps = ['cpp-basics-O0-null-read', 'cpp-basics-O0-null-read', 'rust-panics-abort-index']
  for (const [n, dump] of dumps.entries()) {
    const id = await storeReport(stores.crashes, {
      annotations: { ProductName: n === 1 ? 'Firefox' : 'Ledger', AbortMessage: 'oh', n: String(n) },
      dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(dump) }],
    })
    ids.push(id)
  }
  mkdirSync(join(dir, 'cache'))
  await processCrashes({ stores, dir: join(dir, 'cache'), duckdbMemory: '256MB', workers: 1, symbols })
}, 60_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const here = 'app::Ledger::read_balance'
const there = 'app::Ledger::read_balance | app::crash_null_read'

describe('mayday reprocess --signature-only', () => {
  test('with the same lists nothing changes and nothing is written', async () => {
    const before = await rows()
    expect(await regroupJson()).toMatchObject({ looked_at: 3, moved: 0, retold: 0, written: 0, moves: [] })
    expect(await rows()).toBe(before)
  })

  test('--dry-run reports what would change, as text and as JSON, and writes nothing', async () => {
    const before = await rows()
    const { stdout } = await mayday('reprocess', '--signature-only', '--dry-run', '--lists', lists)
    expect(stdout).toContain('Of 3 crashes 2 move to another signature')
    expect(stdout).toContain(`1  ${here}\n   → ${there}  (as ${ids[0]})`)
    expect(stdout).toContain(`1  Abort | oh | ${here}\n   → Abort | oh | ${there}  (as ${ids[1]})`)
    expect(stdout).toContain('Nothing was written')
    expect(await regroupJson('--dry-run', '--lists', lists)).toMatchObject({
      looked_at: 3,
      moved: 2,
      written: 0,
      dry_run: true,
    })
    expect(await rows()).toBe(before)
  })

  test('writes the changed processed crashes and rows, and nothing else', async () => {
    const old = await Promise.all(ids.map(documentOf))
    const report = await regroupJson('--lists', lists)
    expect(report).toMatchObject({
      looked_at: 3,
      moved: 2,
      retold: 0,
      vanished: 0,
      unreadable: [],
      written: 2,
    })
    const now = await Promise.all(ids.map(documentOf))
    expect(now[2]).toEqual(old[2])
    for (const i of [0, 1]) {
      const { signature, signature_steps, signature_debug, signature_version, ...rest } = now[i]!
      const { started_datetime, completed_datetime } = old[i]!
      const same = { ...rest, started_datetime, completed_datetime }
      expect(old[i]).toMatchObject(same)
      expect(signature).toContain(there)
      expect(JSON.stringify(signature_steps)).toContain('reads for many (readers: app::Ledger::read_balance)')
      expect(signature_debug).toContain('prefix; continue iterating: "app::Ledger::read_balance"')
      expect(signature_version).not.toBe(old[i]!.signature_version)
    }
    const written = (await rows())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(written.map((row) => row.signature).sort()).toEqual(now.map((crash) => crash.signature).sort())
    expect((await mayday('verify')).code).toBe(0)
    expect(await regroupJson('--dry-run', '--lists', lists)).toMatchObject({ moved: 0, retold: 0 })
  })

  test('regroups only crashes selected by a condition or an ID; the built-in lists restore them', async () => {
    expect(await regroupJson('--where', "product = 'Firefox'")).toMatchObject({
      looked_at: 1,
      moved: 1,
      written: 1,
    })
    expect(await regroupJson('--crash-id', ids[0]!, '--crash-id', ids[0]!)).toMatchObject({
      looked_at: 1,
      moves: [{ from: there, to: here, crashes: 1, example: ids[0] }],
    })
  })

  test('a missing or damaged processed crash is reported and not changed', async () => {
    const key = processedKey(ids[2]!)
    const bytes = await (await stores.crashes.get(key))!.bytes()
    await stores.crashes.put(key, new Uint8Array([1, 2, 3]))
    const damaged = await mayday('reprocess', '--signature-only')
    expect(damaged.stdout).toContain(`cannot be read; run mayday reprocess --crash-id ${ids[2]}`)
    expect(damaged.code).toBe(1)
    const signed = await callMayday(['signature', '--store', `file:${root}`, ids[2]!, ids[0]!])
    expect(signed.stderr).toContain(`run mayday process --crash-id ${ids[2]}`)
    expect(signed.stdout).toContain(ids[0])
    expect(signed.code).toBe(1)
    await stores.crashes.delete([key])
    expect(await regroupJson()).toMatchObject({ looked_at: 3, vanished: 1, moved: 0, unreadable: [] })
    await stores.crashes.put(key, bytes)
  })

  test.each([
    [['--dry-run', '--where', 'true'], '--dry-run requires --signature-only'],
    [[], 'Select crashes with exactly one of'],
    [['--signature-only', '--where', 'true', '--crash-id', 'x'], 'Select crashes with exactly one of'],
    [['--signature-only', '--lists', '/nonexistent'], 'specify a directory of lists'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await callMayday(['reprocess', ...args, '--store', `file:${root}`])
    expect(stderr).toContain(message)
    expect(code).not.toBe(0)
  })

  test('mayday signature gives the same result for the store, by the preset of the product', async () => {
    const { stdout } = await mayday('signature', ...ids, '--format', 'json')
    const documents = await Promise.all(ids.map(documentOf))
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).signature),
    ).toEqual(documents.map((crash) => crash.signature))
    expect((await mayday('signature', ...ids, '--diff')).stdout).toBe('')
    const diff = await mayday('signature', ...ids, '--diff', '--lists', lists, '--format', 'json')
    expect(
      diff.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).signature),
    ).toEqual([there, `Abort | oh | ${there}`])
  })
})

describe('regroup', () => {
  const signatureConfig = openSignatureConfigs().default
  const raw = {} as RawCrash
  const again = (old: ProcessedCrash) => regroup(old, { preset: 'default', signatureConfig, raw })

  test('keeps notes of other rules and a failure, and does not accumulate notes', async () => {
    const stored = await documentOf(ids[0]!)
    const old = {
      ...stored,
      json_dump: null,
      success: false,
      processor_notes: "a: b\nrule 'x' failed: Error",
    }
    const once = again(old)
    expect(once.processor_notes).toBe(
      `${old.processor_notes}\nSignatureGenerationRule: CSignatureTool: no frame data for crashing thread (0)`,
    )
    expect(once).toMatchObject({ success: false, processor_version: stored.processor_version })
    expect(once.processor_history).toEqual([old.processor_notes])
    const twice = again(once)
    expect(twice.processor_notes).toBe(once.processor_notes)
    expect(twice.processor_history).toEqual(once.processor_history)
    expect(compareGrouping(once, twice)).toMatchObject({ changed: false })
  })

  test('signature and steps are made from public fields only', async () => {
    for (const id of ids) {
      const stored = await documentOf(id)
      const shown = again(publicView(stored) as ProcessedCrash)
      const own = again(stored)
      expect([shown.signature, shown.signature_steps]).toEqual([own.signature, own.signature_steps])
    }
  })

  test('a processed crash survives the round trip', async () => {
    const stored = await documentOf(ids[0]!)
    expect(decodeProcessedCrash(encodeProcessedCrash(stored))).toEqual(stored)
    expect(() => decodeProcessedCrash(readFileSync(join(lists, 'readers.json')))).toThrow()
  })
})
