// The release page: what is compared, charts and figures, and where its signatures lead.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { releasesKey } from '../../../shared/keys.ts'
import { compareReleases } from '../../../shared/releases/compare.ts'
import type { ReleasesAggregate } from '../../../shared/releases/document.ts'
import { nodesIn, type PlainNode, textIn } from '../../support/plain-dom.ts'
import type { RenderedPages } from '../../support/rendered-pages.ts'
import { openSamplePages, partOf, sampleDocuments } from '../../support/sample-pages.ts'

const documents = sampleDocuments()
const path = `/${releasesKey('lumen')}`
const document = documents.get(path) as ReleasesAggregate
const [release] = document.releases as [ReleasesAggregate['releases'][0]]
const day = 86_400

let pages: RenderedPages
let parts: Awaited<ReturnType<typeof importParts>>
beforeAll(async () => {
  pages = await openSamplePages(documents)
  parts = await importParts()
})
afterAll(() => pages[Symbol.dispose]())

/** Pages use the browser while they are imported. */
async function importParts() {
  const { forgetDocuments } = await import('../../../dashboard/data.ts')
  const { AgeChart } = await import('../../../dashboard/pages/release/age-chart.tsx')
  const { SignatureTable } = await import('../../../dashboard/pages/release/table.tsx')
  const { ReleaseTiles } = await import('../../../dashboard/pages/release/tiles.tsx')
  return { forgetDocuments, AgeChart, SignatureTable, ReleaseTiles }
}

const elements = (root: PlainNode, name: string) => nodesIn(root, ({ localName }) => localName === name)

describe('the page', () => {
  /** The paragraph on what the age is counted from. */
  async function startNote(change: (place: number) => object) {
    const releases = document.releases.map((one, place) => ({ ...one, ...change(place) }))
    documents.set(path, { ...document, releases })
    await pages.after(parts.forgetDocuments)
    const { root } = await pages.open('/release/?product=Lumen')
    return elements(root, 'p')
      .map(textIn)
      .find((text) => text.startsWith('Both '))
  }

  test.each([
    [day - 1, '23 hours'],
    [2 * day - 1, '47 hours'],
    [2 * day, '2 days'],
  ])('compares releases of %i seconds in their first %s', async (elapsed, text) => {
    expect(await startNote(() => ({ elapsed }))).toContain(`Both in their first ${text}: `)
  })

  test.each([
    [[true, true], /from \d+ \w+ 2026\.$/],
    [[true, false], /2026\. The data begin with 142\.0, which may be older\.$/],
    [[false, false], /2026\. The data begin with 142\.0\.1 and 142\.0, which may be older\.$/],
  ])('names the releases that may be older than the data: %j', async (known, text) => {
    expect(await startNote((place) => ({ is_start_known: known[place] ?? true }))).toMatch(text)
  })
})

test.each([
  [1, 0],
  [2, 1],
])('of %i whole days there are %i charts', async (days, charts) => {
  const now = { ...release, elapsed: days * day + 1 }
  const root = await pages.show(parts.AgeChart, { now, before: now, measure: null })
  expect(elements(root, 'figure')).toHaveLength(charts)
})

const rate = (value: number) => ({
  release,
  total: { count: 1, weighted: 1 },
  rate: { value, margin: 0, days: 3 },
})
test.each([
  [2, 1, 2, 'worse', '+100.0 %'],
  [1, 2, 0.5, 'better', '−50.0 %'],
  [1.1, 1, null, '', '+10.0 %'],
  [1, 0, null, '', 'none before'],
])('the rates %d and %d differ by %j', async (now, before, rateChange, kind, text) => {
  const comparison = { now: rate(now), before: rate(before), rows: [], rateChange }
  const root = await pages.show(parts.ReleaseTiles, { comparison, measure: 'users' })
  const [change] = elements(partOf(root, 'tile-note'), 'span')
  expect([change!.getAttribute('class') ?? '', textIn(change!)]).toEqual([kind, text])
})

test.each([
  [1, '&version=142.0.1'],
  [0, ''],
])('a signature with %i reports in the release leads to the page of those', async (count, version) => {
  const [now, before] = document.releases as [typeof release, typeof release]
  const comparison = compareReleases(document, now, before)
  const [row] = comparison.rows
  const tally = { count, weighted: count }
  const rows = [{ ...row!, signature: 'a', now: { ...row!.now, tally } }]
  const root = await pages.show(parts.SignatureTable, {
    ...{ product: 'Lumen', measure: null, comparison: { ...comparison, rows } },
  })
  expect(elements(root, 'a').map((link) => link.getAttribute('href'))).toEqual([
    `/signature/?signature=a&product=Lumen${version}`,
  ])
})
