// From a tracker to the documents of the dashboard, in a round.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeChangedAggregates } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { refreshBugs } from '../../../batch/bugs/configured.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { productsByName } from '../../../batch/products/products.ts'
import type {
  HomeAggregate,
  PackedTopCrashers,
  SignatureAggregate,
} from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey, topCrashersKey } from '../../../shared/keys.ts'
import { startTrackers, type Trackers } from '../../support/bug-trackers.ts'
import { putRows } from '../support/rows.ts'
import { openBugStore } from './bugs.support.ts'

let trackers: Trackers
let store: ReturnType<typeof openBugStore>
beforeEach(async () => {
  trackers = await startTrackers()
  store = openBugStore()
})
afterEach(async () => {
  await trackers[Symbol.asyncDispose]()
  store[Symbol.dispose]()
})

const date = '2026-10-21'
const signature = 'app::Ledger::read_balance'

function products(url: string) {
  const bug_trackers = [
    { kind: 'bugzilla', url },
    { kind: 'bugzilla', url: `${url}/` },
  ]
  return productsByName([parseProduct('tern.json', JSON.stringify({ name: 'Tern', bug_trackers }))])
}

const documentOf = async (key: string) =>
  JSON.parse(new TextDecoder().decode(await (await store.open.stores.lake.get(key))!.bytes()))

test('bugs of the trackers of a product are in the documents of their signatures', async () => {
  const row = {
    date,
    product: 'Tern',
    version: '1.0',
    weight: 1,
    signature,
    crash_id: 'a',
    submitted_at: `${date}T10:00:00Z`,
  }
  {
    await using files = await openFiles(store.open)
    await putRows(files, crashesTable, date, [row, { ...row, crash_id: 'b', signature: 'other' }])
  }
  const bug = { title: 'Crash', text: `[@ ${signature}]`, open: true, changed: 1e12, created: 1e12 }
  trackers.bugs = [
    { ...bug, id: 22222, open: false },
    { ...bug, id: 1000 },
    { ...bug, id: 33333, text: `[@ ${signature}] [@ never seen] [@ another] [@ other]` },
    { ...bug, id: 9, text: '[@ never seen]' },
  ]
  const known = products(`${trackers.url}/bugzilla`)
  expect(await refreshBugs(store.open, known)).toMatchObject({ failures: [], trackers: [{ stored: 4 }] })
  await writeChangedAggregates(store.open, { products: known })
  const { bugs } = (await documentOf(signatureKey(signatureId(signature)))) as SignatureAggregate
  const url = (id: number) => `${trackers.url}/bugzilla/show_bug.cgi?id=${id}`
  expect(bugs).toEqual([
    {
      id: '33333',
      url: url(33333),
      status: 'NEW',
      open: true,
      summary: 'Crash',
      // The one with crashes first.
      others: ['other', 'another', 'never seen'],
    },
    { id: '1000', url: url(1000), status: 'NEW', open: true, summary: 'Crash' },
    { id: '22222', url: url(22222), status: 'RESOLVED FIXED', open: false, summary: 'Crash' },
  ])
  const home = (await documentOf(homeKey)) as HomeAggregate
  const [leading] = home.products[0]!.top_signatures
  expect(leading).toMatchObject({ signature, bugs: [{ id: '33333', open: true }, {}, { open: false }] })
  const top = (await documentOf(topCrashersKey('tern', 28))) as PackedTopCrashers
  expect(top.signatures.map((crasher) => [crasher.signature, crasher.bugs?.map(({ id }) => id)])).toEqual([
    [signature, ['33333', '1000', '22222']],
    ['other', ['33333']],
  ])
  expect(await store.rowsOf('SELECT signature, id FROM bug_signatures ORDER BY id::INT')).toContain(
    'never seen 9',
  )
})

test('a round asks each tracker once in ten minutes, and one that fails does not stop the others', async () => {
  const known = products(`${trackers.url}/bugzilla`)
  await refreshBugs(store.open, known)
  expect(trackers.requests).toHaveLength(1)
  expect(await refreshBugs(store.open, known)).toEqual({ trackers: [], failures: [] })
  const bad = products(`${trackers.url}/missing`)
  const report = await refreshBugs(store.open, new Map([...bad, ['x', { ...[...known.values()][0]! }]]))
  expect(report.failures).toMatchObject([{ error: expect.stringContaining('has nothing at') }])
})
