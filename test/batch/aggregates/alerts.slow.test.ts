// Alerts of a whole store: found once, written for the dashboard and for feed readers.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable, refusalsTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import type { Product } from '../../../batch/products/product-file.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { type AlertsAggregate, alertsSchema } from '../../../shared/alerts/alert.ts'
import { alertTitle } from '../../../shared/alerts/alert-text.ts'
import { check } from '../../../shared/json/schema.ts'
import { alertMemoryKey, alertsKey, feedKey } from '../../../shared/keys.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { addDays, daysUpTo } from '../../../shared/time/dates.ts'
import { type Bench, copyStores, memoryStores, openBench, putRows } from '../support/rows.ts'

const last = '2026-10-21'
const hostile = '</title>&<b>\u0007"'
const stores = memoryStores()
let bench: Bench

let crashes = 0
const rowsOf = (date: string, count: number, product: string, signature: string) =>
  Array.from({ length: count }, () => ({
    crash_id: `${(crashes++).toString(16).padStart(8, '0')}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`,
    ...{ date, submitted_at: `${date}T08:00:00.000001+00:00`, product, signature, version: '1.0' },
    ...{ release_channel: 'release', platform: 'Linux', install_time: crashes, weight: 1 },
  }))

beforeAll(async () => {
  bench = await openBench(stores)
  for (const date of daysUpTo(last, 30)) {
    const rows = [...rowsOf(date, 60, 'Lumen', 'main'), ...rowsOf(date, 5, hostile, 'main')]
    if (date > addDays(last, -4)) rows.push(...rowsOf(date, 20, 'Lumen', hostile))
    await putRows(bench.files, crashesTable, date, rows)
  }
  const refused = { date: last, rule: 'malformed_no_boundary', count: 500 }
  await putRows(bench.files, refusalsTable, last, [
    { ...refused, product: 'Lumen' },
    { ...refused, product: 'Made up by a client' },
    { ...refused, product: '' },
  ])
  await deriveDays(bench.files)
})
afterAll(() => bench.close())

async function aggregate(of: Stores, products = new Map<string, Product>(), dashboard: string | null = null) {
  await using lake = await openLake({
    url: 'memory:',
    stores: of,
    cacheDir: bench.dir,
    config: readConfig({}),
  })
  return await aggregateStore({
    ...{ database: lake.database, lake: of.lake, crashes: of.crashes, products, dashboard },
    ...{ now: new Date('2026-10-22T12:00:00Z'), mostSignatures: 0 },
  })
}

const textOf = async (of: Stores, key: string) =>
  new TextDecoder().decode(await (await of.lake.get(key))!.bytes())
const alertsOf = async (of: Stores): Promise<AlertsAggregate> => JSON.parse(await textOf(of, alertsKey))
const feedOf = (text: string) => new XMLParser({ ignoreAttributes: false }).parse(text).feed

describe('alerts of a store', () => {
  test('are found, of products with crashes and of reports without a product', async () => {
    await aggregate(stores)
    const document = await alertsOf(stores)
    expect(check(alertsSchema, document).problems).toBeUndefined()
    expect(document.alerts.map(alertTitle)).toEqual([
      `Lumen: ${hostile} is new since 18 Oct: 25.0 % of crashes`,
      'Lumen: 500 reports were refused on 21 Oct, most by malformed_no_boundary; 0 a day are usual',
      'Unknown: 500 reports were refused on 21 Oct, most by malformed_no_boundary; 0 a day are usual',
    ])
  })

  test('are remembered: the next run writes neither memory nor documents', async () => {
    const etags = async () => [
      (await stores.crashes.head(alertMemoryKey))!.etag,
      (await stores.lake.head(alertsKey))!.etag,
      (await stores.lake.head(feedKey()))!.etag,
      (await stores.lake.head(feedKey('lumen')))!.etag,
    ]
    const before = await etags()
    await aggregate(stores)
    expect(await etags()).toEqual(before)
    expect((await alertsOf(stores)).alerts).toHaveLength(3)
  })

  test('are not raised where the product file mutes them or is without the rule', async () => {
    const copy = await copyStores(stores)
    await copy.crashes.delete([alertMemoryKey])
    const alerts = { mute: [{ signature: '*title*' }], rules: { refused: null } }
    const product = parseProduct('lumen.json', JSON.stringify({ name: 'Lumen', alerts }))
    await aggregate(copy, new Map([['Lumen', product]]))
    expect((await alertsOf(copy)).alerts.map(({ product }) => product)).toEqual(['Unknown'])
  })

  test('stay when their memory cannot be read: the run fails instead of repeating them', async () => {
    const copy = await copyStores(stores)
    await copy.crashes.put(alertMemoryKey, new TextEncoder().encode('{"version":1}'))
    await expect(aggregate(copy)).rejects.toThrow(/alerts\/memory\.json cannot be read .*: restore it/)
  })
})

describe('the feed', () => {
  test('of a product is valid, escaped Atom with links relative to it', async () => {
    const key = feedKey('lumen')
    const text = await textOf(stores, key)
    expect((await stores.lake.head(key))!.contentType).toBe('application/atom+xml')
    expect(XMLValidator.validate(text)).toBe(true)
    expect(text).not.toContain('<b>')
    const feed = feedOf(text)
    expect(feed.title).toBe('Crash alerts: Lumen')
    expect(feed.entry).toHaveLength(2)
    const [newest] = feed.entry
    expect(newest.title).toContain('</title>&<b>\ufffd"')
    expect(newest.id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Date.parse(newest.updated)).not.toBeNaN()
    expect(feed.updated).toBe(newest.updated)
    const url = new URL(newest.link['@_href'], `https://crashes.example.org/sub/${key}`)
    expect(url.pathname).toBe('/sub/signature/')
    expect(url.searchParams.get('signature')).toBe(hostile)
    expect(new URL(feed.link[0]['@_href'], `https://crashes.example.org/sub/${key}`).pathname).toBe(
      `/sub/${key}`,
    )
  })

  test('of all products has the alerts of each, and every product has a feed', async () => {
    expect(feedOf(await textOf(stores, feedKey())).entry).toHaveLength(3)
    const feed = feedOf(await textOf(stores, feedKey('title-b')))
    expect(feed.title).toBe('Crash alerts: </title>&<b>\ufffd"')
    expect(feed.entry).toBeUndefined()
    expect(Date.parse(feed.updated)).not.toBeNaN()
  })

  test('has absolute links where the address of the dashboard is known', async () => {
    const copy = await copyStores(stores)
    await aggregate(copy, new Map(), 'https://crashes.example.org/')
    const feed = feedOf(await textOf(copy, feedKey('lumen')))
    expect(feed.entry[1].link['@_href']).toBe('https://crashes.example.org/?product=Lumen')
  })
})
