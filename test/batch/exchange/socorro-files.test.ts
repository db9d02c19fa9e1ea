// Export to Socorro's files and import: the same reports with the same IDs.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportSocorro, importSocorro } from '../../../batch/exchange/socorro-files.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import type { FileOrigin, ReportFile } from '../../../shared/crash.ts'
import { processedKey, rawKey } from '../../../shared/keys.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-socorro-'))
const out = join(dir, 'out')
const stores = memoryStores()
const date = '2026-10-21'
let whole: string
let bare: string
/** With files that have clients' own names. */
let named: string

const read = async (from: Stores, id: string) =>
  readStoredReport(await (await from.crashes.get(rawKey(id)))!.bytes(), nodeCodecs)

beforeAll(async () => {
  const bytes = fixtureDump('cpp-basics-O2-trap')
  const dumps = [
    { name: 'upload_file_minidump', bytes },
    { name: 'upload_file_minidump_browser', bytes: new Uint8Array([1, 2, 3]) },
  ]
  const text = (name: string, content: string, origin: FileOrigin) => ({
    name,
    bytes: new TextEncoder().encode(content),
    origin,
  })
  named = await storeReport(stores.crashes, {
    annotations: { ProductName: 'P', Named: '1' },
    dumps: [
      ...dumps,
      text('dump', 'not the minidump', { part: 'dump', filename: null, contentType: 'text/html' }),
      text('unnamed', 'x', { part: 'журнал', filename: 'журнал "1".txt', contentType: 'text/plain' }),
    ],
  })
  whole = await storeReport(stores.crashes, { annotations: { ProductName: 'P', Version: '1' }, dumps })
  bare = await storeReport(stores.crashes, { annotations: { ProductName: 'P', JavaStackTrace: 'E\n\tat a' } })
  await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1 })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('exportSocorro', () => {
  test('writes raw crashes, names of dumps, dumps and processed crashes', async () => {
    expect(await exportSocorro(stores.crashes, date, out)).toEqual({ raw: 3, processed: 3, failed: [] })
    const json = (path: string) => JSON.parse(readFileSync(join(out, path), 'utf8'))
    expect(json(`v1/raw_crash/20261021/${whole}`)).toMatchObject({
      uuid: whole,
      ProductName: 'P',
      version: 2,
    })
    expect(json(`v1/dump_names/${whole}`)).toEqual(['upload_file_minidump', 'upload_file_minidump_browser'])
    expect(json(`v1/dump_names/${bare}`)).toEqual([])
    expect(readFileSync(join(out, 'v1/dump', whole)).equals(fixtureDump('cpp-basics-O2-trap'))).toBe(true)
    expect([...readFileSync(join(out, 'v1/upload_file_minidump_browser', whole))]).toEqual([1, 2, 3])
    expect(json(`v1/dump_names/${named}`)).toEqual([
      'upload_file_minidump',
      'upload_file_minidump_browser',
      'dump_2',
      'unnamed',
    ])
    expect(readFileSync(join(out, 'v1/dump', named)).equals(fixtureDump('cpp-basics-O2-trap'))).toBe(true)
    expect(readFileSync(join(out, 'v1/dump_2', named), 'utf8')).toBe('not the minidump')
    expect(json(`v1/raw_crash/20261021/${named}`).metadata.files[3]).toEqual({
      name: 'unnamed',
      original_name: 'журнал',
      filename: 'журнал "1".txt',
      content_type: 'text/plain',
      size: 1,
    })
    const { files } = json(`v1/processed_crash/${named}`).collector_metadata
    expect(files.map((file: ReportFile) => file.original_name)).toEqual([
      'upload_file_minidump',
      'upload_file_minidump_browser',
      'dump',
      'журнал',
    ])
    expect(json(`v1/processed_crash/${whole}`)).toMatchObject({ crash_id: whole, product: 'P' })
  })
})

test('exportSocorro reports an unreadable processed crash and continues', async () => {
  const key = processedKey(whole)
  const bytes = await (await stores.crashes.get(key))!.bytes()
  await stores.crashes.put(key, new Uint8Array([1, 2, 3]))
  const { raw, processed, failed } = await exportSocorro(stores.crashes, date, join(dir, 'damaged'))
  expect({ raw, processed, failed: failed.map((entry) => entry.crash_id) }).toEqual({
    raw: 3,
    processed: 2,
    failed: [whole],
  })
  await stores.crashes.put(key, bytes)
})

describe('importSocorro', () => {
  test('imports the same reports into another store once', async () => {
    const other = memoryStores()
    expect(await importSocorro(other.crashes, out)).toEqual({ imported: 3, present: 0, failed: [] })
    for (const id of [whole, bare]) expect(await read(other, id)).toEqual(await read(stores, id))
    const { dumps, origins } = await read(other, named)
    expect(origins.get('unnamed')).toEqual((await read(stores, named)).origins.get('unnamed'))
    expect(dumps.map(({ name }) => [name, origins.get(name)!.part])).toEqual([
      ['upload_file_minidump', 'upload_file_minidump'],
      ['upload_file_minidump_browser', 'upload_file_minidump_browser'],
      ['dump_2', 'dump'],
      ['unnamed', 'журнал'],
    ])
    expect(await importSocorro(other.crashes, out)).toEqual({ imported: 0, present: 3, failed: [] })
  })

  test('imports raw crashes of old versions, and reports those it cannot import', async () => {
    const old = join(dir, 'old')
    const id = 'de1bb258-cbbf-4589-a673-34f800160918'
    const put = (path: string, text: string) => {
      mkdirSync(join(old, path, '..'), { recursive: true })
      writeFileSync(join(old, path), text)
    }
    put(`v1/raw_crash/20160918/${id}`, JSON.stringify({ ProductName: 'Firefox', throttle_rule: 'x' }))
    put(`v1/raw_crash/20160918/${id.replace('de', 'ee')}`, 'no JSON')
    put('v1/raw_crash/20160918/not-an-id', '{}')
    put(`v1/raw_crash/20160918/${id.replace('de', 'fe')}`, '{}')
    put(`v1/dump_names/${id.replace('de', 'fe')}`, '["../../etc/passwd"]')
    const other = memoryStores()
    const report = await importSocorro(other.crashes, old)
    expect(report).toMatchObject({ imported: 1, present: 0 })
    expect(report.failed.map((entry) => entry.crash_id).sort()).toEqual(
      [id.replace('de', 'ee'), id.replace('de', 'fe'), 'not-an-id'].sort(),
    )
    expect((await read(other, id)).rawCrash).toMatchObject({
      ProductName: 'Firefox',
      version: 2,
      submitted_timestamp: '2016-09-18T00:00:00+00:00',
      metadata: { throttle_rule: 'x', throttle: { weight: 1 } },
    })
  })

  test('reports a file among the days, and imports the others', async () => {
    const among = join(dir, 'among')
    cpSync(out, among, { recursive: true })
    writeFileSync(join(among, 'v1/raw_crash/README'), 'not a day')
    expect(await importSocorro(memoryStores().crashes, among)).toEqual({
      imported: 3,
      present: 0,
      failed: [{ crash_id: 'README', error: 'not a folder of a day' }],
    })
  })

  test('a directory without crashes is bad usage', async () => {
    await expect(importSocorro(memoryStores().crashes, dir)).rejects.toMatchObject({ code: 'bad-usage' })
  })
})
