// Names that objects inherit, from submission to rows, aggregates and pages: every report is complete under its name.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { HomeAggregate } from '../../shared/aggregates/documents.ts'
import { annotations } from '../../shared/fields/fields.ts'
import { aggregatesPrefix, homeKey } from '../../shared/keys.ts'
import { createFolderStorage } from '../../shared/storage/folder/folder.node.ts'
import { createTestEdge, readToken } from '../edge/edge.support.ts'
import { hostileNames, hostileObject, leakedCode } from '../contract/hostile-names.ts'
import { F, J, multipart, submitRequest, T } from '../support/crash-request.ts'
import { callMayday } from '../support/run-mayday.ts'
import { fixtureDump } from '../support/stored-reports.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-hostile-'))
const lake = createFolderStorage(join(scratch, 'data/lake'))
const edge = createTestEdge({}, undefined, createFolderStorage(join(scratch, 'data/crashes')))
edge.deps.stores.lake = lake

const mayday = async (...args: string[]): Promise<string> => {
  const env = { MAYDAY_STORE: `file:${join(scratch, 'data')}`, MAYDAY_CACHE: join(scratch, 'cache') }
  const { code, stdout, stderr } = await callMayday(args, env)
  expect(`${code} ${stderr}`).toBe('0 ')
  return stdout
}
const query = async (sql: string) =>
  JSON.parse(await mayday('sql', sql, '--format', 'json')) as Record<string, unknown>[]

/** Every annotation in the catalog, except those of the collector and those that are removed. */
const known = annotations
  .filter(
    ({ name, banned }) => !banned && !['metadata', 'submitted_timestamp', 'uuid', 'version'].includes(name),
  )
  .map(({ name }) => name)

const idOf = (text: string) => {
  expect(text).toMatch(/^CrashID=bp-/)
  return text.trim().slice('CrashID=bp-'.length)
}
const submit = async (parts: Parameters<typeof multipart>[0]) =>
  idOf((await edge.ask(submitRequest(multipart(parts)))).text)

/** By name: the crash ID of a form with a dump, of JSON with a dump, and of a report without a dump. */
const ids = new Map<string, string[]>()

beforeAll(async () => {
  const dump = fixtureDump('cpp-basics-O0-null-read')
  for (const name of hostileNames) {
    const all = Object.fromEntries([...known, name].map((key) => [key, name]))
    const files = [F('upload_file_minidump', dump), F(name, name, name, name)]
    ids.set(name, [
      await submit([...Object.keys(all).map((key) => T(key, name)), ...files]),
      await submit([
        J(`{"ProductName":"${name}","${name}":"${name}","objects":${JSON.stringify(hostileObject())}}`),
        ...files,
      ]),
      await submit([T('prod', name), T('ver', name), T(name, name)]),
    ])
  }
  // Under every name, an object that cannot be converted to text.
  ids.set('objects', [
    await submit([
      J(Object.fromEntries(known.map((key) => [key, hostileObject()]))),
      F('upload_file_minidump', dump),
    ]),
  ])
  const report = JSON.parse(await mayday('process', '--json')) as Record<string, unknown>
  expect(report).toMatchObject({ processed: [...ids.values()].flat().length, lost_threads: [] })
  await mayday('aggregate')
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('reports full of hostile names', () => {
  test('are processed without a failed rule', async () => {
    const rows = await query('select crash_id, processor_notes from crashes')
    expect(rows).toHaveLength([...ids.values()].flat().length)
    expect(
      rows.filter(({ processor_notes: notes }) => /failed|effort|cannot be read/.test(String(notes))),
    ).toEqual([])
    await mayday('verify')
  })

  test('have rows under their names, without text of code', async () => {
    const counts = await query(
      'select product, count(*)::int n from crashes where product is not null group by all',
    )
    expect(Object.fromEntries(counts.map(({ product, n }) => [product, n]))).toEqual(
      Object.fromEntries(hostileNames.map((name) => [name, 3])),
    )
    for (const table of ['crashes', 'protected', 'modules']) {
      expect(await mayday('sql', `select * from ${table}`, '--format', 'jsonl')).not.toMatch(leakedCode)
    }
  })

  test('keep unknown annotations of any name', async () => {
    for (const name of hostileNames) {
      const [form] = ids.get(name)!
      const [row] = await query(`select annotations from protected where crash_id = '${form}'`)
      expect(Object.entries(JSON.parse(String(row!.annotations)))).toContainEqual([name, name])
    }
  })

  test('are returned by the report API, in the public and the full view', async () => {
    for (const [name, all] of ids) {
      for (const id of all) {
        const url = `http://localhost/api/report/${id}`
        const shown = await edge.ask(new Request(url))
        const whole = await edge.ask(new Request(url, { headers: { authorization: `Bearer ${readToken}` } }))
        expect([shown.status, whole.status]).toEqual([200, 200])
        expect(shown.text + whole.text).not.toMatch(leakedCode)
        if (name !== 'objects') expect(JSON.parse(shown.text).product).toBe(name)
      }
    }
  })

  test('are counted in the aggregates of products of those names', async () => {
    const home = JSON.parse(
      new TextDecoder().decode(await (await lake.get(homeKey))!.bytes()),
    ) as HomeAggregate
    expect(home.products.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining([...hostileNames].sort()),
    )
    let documents = 0
    for await (const { key } of lake.list(aggregatesPrefix)) {
      const { status, text } = await edge.ask(new Request(`http://localhost/${key}`))
      expect([key, status]).toEqual([key, 200])
      expect(text).not.toMatch(leakedCode)
      documents++
    }
    expect(documents).toBeGreaterThan(hostileNames.length)
  })
})
