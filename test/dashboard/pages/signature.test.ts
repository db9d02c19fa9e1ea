// The signature page with few products, reports or crashes, and what is explored of it.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { pastSchema, type SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import { leastForCorrelations } from '../../../shared/aggregates/correlations.ts'
import { correlationsKey, signatureKey } from '../../../shared/keys.ts'
import { named, nodesIn, type PlainNode, textIn } from '../../support/plain-dom.ts'
import { PlainWorker, type RenderedPages } from '../../support/rendered-pages.ts'
import { sampleSignatureId } from '../../support/sample-aggregates.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'
import { openSamplePages, sampleDocuments } from '../../support/sample-pages.ts'

const documents = sampleDocuments()
const signature = 'OOM | small'
const id = sampleSignatureId(signature)
const path = `/${signatureKey(id)}`
const sample = documents.get(path) as SignatureAggregate

let pages: RenderedPages
let forgetDocuments: () => void
beforeAll(async () => {
  pages = await openSamplePages(documents)
  forgetDocuments = (await import('../../../dashboard/data.ts')).forgetDocuments
})
afterEach(() => documents.set(path, sample))
afterAll(() => pages[Symbol.dispose]())

async function open(change: Partial<SignatureAggregate> = {}, query = ''): Promise<PlainNode> {
  documents.set(path, { ...sample, ...change })
  await pages.after(forgetDocuments)
  return (await pages.open(`/signature/?signature=${encodeURIComponent(signature)}${query}`)).root
}

const headings = (root: PlainNode) => nodesIn(root, ({ localName }) => localName === 'h2').map(textIn)
const hasId = (root: PlainNode, wanted: string) =>
  nodesIn(root, (node) => node.getAttribute('id') === wanted).length > 0

describe('a signature', () => {
  test.each([
    [1, 'version', false],
    [2, 'product', true],
  ])('of %i products has its days by %s, and a choice of products: %s', async (count, by, hasChoice) => {
    const root = await open({ products: sample.products.slice(0, count) })
    expect(headings(root)).toContain(`Crashes per day by ${by}`)
    expect(hasId(root, 'signature-product')).toBe(hasChoice)
  })

  test('has no days by version where the version has no crashes', async () => {
    expect(hasId(await open({}, '&version=142.0.1'), 'trend')).toBe(true)
    expect(hasId(await open({}, '&version=0.0.1'), 'trend')).toBe(false)
  })

  test.each([
    [2, false],
    [3, true],
  ])('with 2 of %i reports states that there are more: %s', async (count, isStated) => {
    const [day] = sample.trend[0]!.days
    const trend = [{ ...sample.trend[0]!, days: [[day![0], count, count] as [string, number, number]] }]
    const root = await open({ reports: sample.reports.slice(0, 2), trend })
    expect(textIn(named(root, 'reports')).includes(`The newest 2 of ${count} reports.`)).toBe(isStated)
  })

  test.each([
    [leastForCorrelations - 1, 0],
    [leastForCorrelations, 1],
  ])('with %i reports has %i documents of correlations', async (count, requests) => {
    const [first] = sample.products
    const before = pages.effects.asked.length
    await open({ products: [{ ...first!, total: { count, weighted: count } }] })
    const wanted = `/${correlationsKey(first!.slug, id[0]!)}`
    expect(pages.effects.asked.slice(before).filter(([asked]) => asked === wanted)).toHaveLength(requests)
  })

  test.each([
    [
      [0, 0],
      ['0.0 %', '0.0 %'],
    ],
    [
      [1, 3],
      ['75.0 %', '25.0 %'],
    ],
  ])('of the past with %j crashes a week has their shares, the newest first', async (counts, shares) => {
    const gone = 'gone::signature'
    const goneId = sampleSignatureId(gone)
    const start = goneId.slice(0, 2)
    const past = {
      ...{ signature: gone, id: goneId, total: { count: 4, weighted: 4 }, first_seen: '2026-01-05' },
      ...{ last_seen: '2026-01-18', first_build: null, products: ['Lumen'] },
      weeks: counts.map((count, week) => [week ? '2026-01-12' : '2026-01-05', count]),
    }
    const document = { version: sample.version, generated_at: sample.generated_at, start, signatures: [past] }
    expect(pastSchema.safeParse(document).error).toBeUndefined()
    documents.set(`/aggregates/v${sample.version}/past/${start}.json`, document)
    await pages.after(forgetDocuments)
    const { root } = await pages.open(`/signature/?signature=${encodeURIComponent(gone)}`)
    const found = nodesIn(root, (node) => node.getAttribute('class') === 'share-text').map(textIn)
    expect(found).toEqual(shares)
  })
})

describe('what is explored', () => {
  const worker = () => PlainWorker.all.findLast(({ isEnded }) => !isEnded)!

  async function explored(query: string) {
    const root = await open({}, query)
    const { id: search } = worker().sent.at(-1) as { id: number }
    const status = { days: 2, allDays: 7, bytes: 1_500_000, allBytes: 4_000_000, rows: 1200 }
    const data = { id: search, kind: 'done', status, answer: sampleAnswer }
    await pages.after(() => worker().listeners.get('message')!({ data }))
    const part = nodesIn(root, (node) => node.getAttribute('class') === 'explored')[0]!
    const captions = nodesIn(part, ({ localName }) => localName === 'caption').map(textIn)
    const facets = nodesIn(part, (node) => node.getAttribute('class') === 'facets').length
    return { charts: nodesIn(part, ({ localName }) => localName === 'figure').length, facets, captions }
  }

  test.each([
    ['graph=version', { charts: 1, facets: 0, captions: ['Crashes per day by version'] }],
    ['facet=version', { charts: 0, facets: 1, captions: ['Version: Crashes and share'] }],
    ['column=reason', { charts: 0, facets: 0, captions: ['Reports with the chosen columns'] }],
  ])('with %s has nothing else', async (query, expected) => {
    expect(await explored(`&${query}`)).toEqual(expected)
  })
})
