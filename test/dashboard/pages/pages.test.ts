// Every page of the dashboard with invented aggregates, without a browser: its elements, texts and links.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf, plainDocument, type PlainNode } from '../../support/plain-dom.ts'
import { type RenderedPages, renderPages } from '../../support/rendered-pages.ts'
import { sampleAggregates } from '../../support/sample-aggregates.ts'
import { sampleReport } from '../../support/sample-report.ts'

const reportId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const unknownId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261121'
const signatureOf = (signature: string, more: object = {}) =>
  `/signature/?${new URLSearchParams({ signature, ...more })}`
const signature = 'OOM | small'

let pages: RenderedPages
beforeAll(async () => {
  const samples = [...sampleAggregates('2026-11-22T14:05:00.000000+00:00')]
  const documents = new Map<string, unknown>(samples.map(([key, document]) => [`/${key}`, document]))
  documents.set(`/api/report/${reportId}`, sampleReport(reportId))
  pages = await renderPages(documents, '2026-11-22T14:10:00Z')
})
afterAll(() => pages[Symbol.dispose]())

const mainOf = (root: PlainNode) => root.childNodes.find(({ localName }) => localName === 'main')!

test.each([
  ['home', '/'],
  ['home-product', '/?product=Lumen'],
  ['top-crashers', '/topcrashers/'],
  ['top-crashers-product', '/topcrashers/?product=Lumen'],
  ['top-crashers-none', '/topcrashers/?product=relayd&platform=Windows+NT'],
  ['releases', '/release/'],
  ['release-versions', '/release/?product=Lumen&version=102.0&against=101.0.1'],
  ['release-without-headline', '/release/?product=relayd'],
  ['signature', signatureOf(signature)],
  ['signature-product', signatureOf(signature, { product: 'Lumen' })],
  ['signature-unknown', signatureOf('nobody::knows')],
  ['report', `/report/index/${reportId}`],
  ['report-unknown', `/report/index/${unknownId}`],
  ['report-no-id', '/report/index/abc'],
  ['symbolicate', '/symbolicate/'],
  ['api', '/api/'],
  ['signatures', '/signatures/'],
  ['products', '/products/'],
  ['missing-symbols', '/missing-symbols/'],
  ['status', '/status/'],
  ['fields', '/fields/'],
  ['field', '/fields/?name=signature'],
  ['help', '/help/'],
  ['no-page', '/nothing/here/'],
])('%s: %s', async (name, path) => {
  const { title, root } = await pages.open(path)
  const text = [`title ${JSON.stringify(title)}`, ...linesOf(mainOf(root)), ''].join('\n')
  await expect(text).toMatchFileSnapshot(`../../golden/pages/${name}.txt`)
})

test.each([
  ['/', []],
  [
    '/?product=Lumen',
    [['alternate', 'application/atom+xml', 'Crash alerts: Lumen', '/aggregates/feeds/products/lumen.atom']],
  ],
])('feeds of %s', async (path, expected) => {
  await pages.open(path)
  const links = plainDocument.head.childNodes as unknown as HTMLLinkElement[]
  expect(links.map(({ rel, type, title, href }) => [rel, type, title, href])).toEqual(expected)
})

test('the frame of every page names the current one', async () => {
  const { root } = await pages.open('/topcrashers/')
  const text = root.childNodes.filter((node) => node.localName !== 'main').flatMap((node) => linesOf(node))
  await expect(`${text.join('\n')}\n`).toMatchFileSnapshot('../../golden/pages/frame.txt')
})
