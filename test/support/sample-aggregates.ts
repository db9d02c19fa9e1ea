// A whole set of aggregates of invented crashes, for the pages: the same for the same seed and day.
import { createHash } from 'node:crypto'
import {
  aggregatesVersion,
  type Cell,
  type HomeAggregate,
  type KnownBug,
  type PackedTopCrashers,
  type ProductAggregate,
  type ProductUsage,
  type ReportRow,
  type SignatureAggregate,
  type StatusAggregate,
  type Tally,
  type TopCrasher,
  type TopCrashersAggregate,
  type TopCrashersDays,
  type TrendDay,
} from '../../shared/aggregates/documents.ts'
import { levelsOf } from '../../shared/aggregates/day-levels.ts'
import { packTopCrashers, unpackTopCrashers } from '../../shared/aggregates/crash-cells.ts'
import {
  allCrashersKey,
  correlationsKey,
  homeKey,
  releasesKey,
  signatureKey,
  statusKey,
  topCrashersKey,
} from '../../shared/keys.ts'
import { createRandom } from './mutate.ts'
import { signatureIndexOf } from './sample-signature-index.ts'
import { sampleOperations } from './sample-operations.ts'
import { type SampleCrash, type SampleProduct, sampleProducts } from './sample-products.ts'
import { present } from '../../shared/present.ts'
import { headlineOf } from '../../shared/releases/choose.ts'
import { sampleCorrelations } from './sample-correlations.ts'
import { sampleReleases } from './sample-releases.ts'

/** Number of days that have crashes, the last one being `today`; 56, so that 28 days have a period before. */
const allDays = 56
const shownDays = 28
const periods: readonly TopCrashersDays[] = [1, 3, 7, 14, 28]

/** The definition of `shared/aggregates/documents.ts`: the first 16 hex digits of the SHA-256. */
export const sampleSignatureId = (signature: string) =>
  createHash('sha256').update(signature, 'utf8').digest('hex').slice(0, 16)

const dateOf = (today: string, daysBack: number) =>
  new Date(Date.parse(today) - daysBack * 86_400_000).toISOString().slice(0, 10)

/** Invented crashes, oldest first, about `perDay` per day for all products together. */
export function sampleCrashes(today: string, perDay: number, seed = 1): SampleCrash[] {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[], skew = 1.6): T => list[Math.floor(random() ** skew * list.length)]!
  const crashes: SampleCrash[] = []
  for (let day = allDays - 1; day >= 0; day--) {
    const weekend = [0, 6].includes(new Date(dateOf(today, day)).getUTCDay()) ? 0.7 : 1
    const count = Math.round(perDay * weekend * (0.8 + 0.4 * random()) * (day === 0 ? 0.45 : 1))
    for (let i = 0; i < count; i++) {
      const product = pick(sampleProducts, 2.2)
      const [channel, weight] = pick(product.channels)
      const [platform, ...platformVersions] = pick(product.platforms)
      const young = product.signatures.filter((_, index) => index % 9 !== 7 || day < 5)
      const signature = pick(young, 2.4)
      crashes.push({
        crashId: crashIdOf(crashes.length, dateOf(today, day)),
        product,
        day,
        channel,
        weight,
        platform: platform!,
        platformVersion: pick(platformVersions),
        version: pick(product.versions),
        processType: pick(product.processTypes, 2.5),
        signature,
        installTime: 1_750_000_000 + 3600 * Math.floor(random() * 5000),
        startup: product.signatures.indexOf(signature) % 11 === 3 && random() < 0.6,
        hang: signature.startsWith('shutdownhang'),
        garbageCollecting: random() < 0.03,
        uptime: Math.floor(random() ** 4 * 90_000),
      })
    }
  }
  return crashes
}

function crashIdOf(index: number, date: string): string {
  const hex = createHash('sha256').update(`crash ${index}`).digest('hex')
  const day = date.slice(2).replaceAll('-', '')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 26)}${day}`
}

/** Keys (`aggregates/v4/…`) and documents. `now` is a time on the last day covered. */
export function sampleAggregates(now: string, perDay = 260): Map<string, unknown> {
  const today = now.slice(0, 10)
  const crashes = sampleCrashes(today, perDay)
  const documents = new Map<string, unknown>()
  documents.set(homeKey, homeOf(crashes, now, today))
  const status: StatusAggregate = { version: aggregatesVersion, generated_at: now, stale_after: 3600 }
  documents.set(statusKey, status)
  for (const [key, document] of sampleOperations(now)) documents.set(key, document)
  for (const product of sampleProducts)
    documents.set(releasesKey(product.slug), releasesOf(product, crashes, now))
  for (const product of sampleProducts)
    for (const document of sampleCorrelations(product, { now, idOf: sampleSignatureId }))
      documents.set(correlationsKey(product.slug, document.start), document)
  for (const days of periods) {
    const lists = sampleProducts.map((product) => topCrashersOf(crashes, product, days, now, today))
    for (const [i, list] of lists.entries())
      documents.set(topCrashersKey(sampleProducts[i]!.slug, days), packTopCrashers(list))
    const products = lists.map((list) => packTopCrashers({ ...list, versions: [] }))
    documents.set(allCrashersKey(days), { version: aggregatesVersion, generated_at: now, days, products })
  }
  for (const [key, document] of signatureIndexOf(indexedOf(crashes), now)) documents.set(key, document)
  for (const [signature, list] of groupBy(crashes, (crash) => crash.signature)) {
    const products = countsBy(
      list.filter(({ day }) => day < shownDays),
      (crash) => crash.product.name,
    ).map(({ value, total, list: own }) => ({ product: value, slug: own[0]!.product.slug, total }))
    for (const of of [null, ...(products.length > 1 ? products : [])]) {
      const own = list.filter((crash) => of === null || crash.product.name === of.product)
      const document = { ...signatureOf(signature, own, now, today), product: of?.product ?? null, products }
      if (document.total.count > 0) documents.set(signatureKey(document.id, of?.slug), document)
    }
  }
  return documents
}

/** One list of `sampleAggregates`, unpacked. */
export const sampleList = (now: string, key: string, perDay?: number): TopCrashersAggregate =>
  unpackTopCrashers(sampleAggregates(now, perDay).get(key) as PackedTopCrashers)

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}

const tallyOf = (crashes: readonly SampleCrash[]): Tally => ({
  count: crashes.length,
  weighted: crashes.reduce((sum, { weight }) => sum + weight, 0),
})
const bySize = (a: { total: Tally }, b: { total: Tally }) => b.total.weighted - a.total.weighted
const countsBy = (crashes: readonly SampleCrash[], key: (crash: SampleCrash) => string) =>
  [...groupBy(crashes, key)].map(([value, list]) => ({ value, total: tallyOf(list), list })).sort(bySize)
const daysOf = (crashes: readonly SampleCrash[]) =>
  Array.from({ length: shownDays }, (_, index) =>
    tallyOf(crashes.filter(({ day }) => day === shownDays - 1 - index)),
  )

const indexedOf = (all: readonly SampleCrash[]) =>
  countsBy(
    all.filter(({ day }) => day < shownDays),
    ({ signature }) => signature,
  ).map(({ value, list }) => ({
    signature: value,
    product: list[0]!.product.name,
    days: daysOf(list).map(({ weighted }) => weighted),
  }))

const daysWithCrashes = (crashes: readonly SampleCrash[], today: string) =>
  daysOf(crashes).flatMap((tally, index) =>
    tally.count > 0
      ? [[dateOf(today, shownDays - 1 - index), tally.count, tally.weighted] satisfies TrendDay]
      : [],
  )

function homeOf(all: SampleCrash[], now: string, today: string): HomeAggregate {
  const crashes = all.filter(({ day }) => day < shownDays)
  const products = sampleProducts.map((product) => ({
    ...productOf(
      product,
      crashes.filter((crash) => crash.product === product),
    ),
    ...present({ headline: headlineOf(releasesOf(product, all, now)) ?? undefined }),
  }))
  return {
    version: aggregatesVersion,
    generated_at: now,
    newest_crash: now,
    dates: Array.from({ length: shownDays }, (_, index) => dateOf(today, shownDays - 1 - index)),
    products: products.sort(bySize),
    refused: {
      by_rule: [
        { rule: 'is_firefox_desktop', count: 4200 },
        { rule: 'malformed_invalid_payload_structure', count: 37 },
      ],
      by_product: [
        { product: 'Firefox', count: 4200 },
        { product: `<b>${'x'.repeat(57)}`, count: 37 },
      ],
    },
  }
}

const releasesOf = (product: SampleProduct, crashes: readonly SampleCrash[], now: string) =>
  sampleReleases(product, crashes, { now, idOf: sampleSignatureId })

const usageOf = (crashes: readonly SampleCrash[], amount: number): ProductUsage => ({
  measure: 'users',
  days: daysOf(crashes).map((tally, day) => {
    const variance = crashes
      .filter((crash) => crash.day === shownDays - 1 - day)
      .reduce((sum, { weight }) => sum + weight * weight, 0)
    return day === 3 ? null : { ...tally, amount, variance }
  }),
})

function productOf(product: SampleProduct, crashes: SampleCrash[]): ProductAggregate {
  const signatures = countsBy(crashes, (crash) => crash.signature)
  return {
    name: product.name,
    slug: product.slug,
    description: product.description,
    total: tallyOf(crashes),
    versions: product.versions.map((version) => {
      const list = crashes.filter((crash) => crash.version === version)
      return { version, channels: [...new Set(list.map(({ channel }) => channel))], total: tallyOf(list) }
    }),
    channels: countsBy(crashes, (crash) => crash.channel).map(({ value, total }) => ({
      channel: value,
      total,
    })),
    platforms: countsBy(crashes, (crash) => crash.platform).map(({ value, list }) => ({
      platform: value,
      days: daysOf(list),
    })),
    ...(product.usersADay && { usage: usageOf(crashes, product.usersADay) }),
    top_signatures: signatures.slice(0, 20).map(({ value, total, list }) => ({
      signature: value,
      id: sampleSignatureId(value),
      total,
      first_seen: '2026-08-01',
      installs: totalsOf(list).installs,
      days: daysOf(list).map(({ weighted }) => weighted),
      ...(bugsOf(value) && { bugs: bugsOf(value)! }),
    })),
    signature_count: signatures.length,
  }
}

function topCrashersOf(
  all: SampleCrash[],
  product: SampleProduct,
  days: TopCrashersDays,
  now: string,
  today: string,
): TopCrashersAggregate {
  const crashes = all.filter((crash) => crash.product === product && crash.day < 2 * days)
  const values = (key: (crash: SampleCrash) => string) => countsBy(crashes, key).map(({ value }) => value)
  const lists = {
    versions: values((crash) => crash.version),
    channels: values((crash) => crash.channel),
    platforms: values((crash) => crash.platform),
    process_types: values((crash) => crash.processType),
    report_types: values(reportTypeOf),
  }
  const cells = (list: SampleCrash[]) => cellsOf(list, lists)
  const current = crashes.filter(({ day }) => day < days)
  const previous = crashes.filter(({ day }) => day >= days)
  return {
    version: aggregatesVersion,
    generated_at: now,
    product: product.name,
    days,
    from: dateOf(today, days - 1),
    to: today,
    until: now,
    ...lists,
    all: { current: cells(current), previous: cells(previous) },
    startup: totalsOf(current).startup,
    signatures: countsBy(current, (crash) => crash.signature).map(({ value, list }) => ({
      signature: value,
      id: sampleSignatureId(value),
      current: cells(list),
      previous: cells(previous.filter(({ signature }) => signature === value)),
      ...totalsOf(list),
      ...(bugsOf(value) && { bugs: bugsOf(value)! }),
      days: levelsOf(
        daysOf(
          all.filter(
            (crash) => crash.product === product && crash.signature === value && crash.day < shownDays,
          ),
        ).map(({ weighted }) => weighted),
      ),
      ...firstsOf(
        all.filter((crash) => crash.product === product && crash.signature === value),
        today,
      ),
    })),
  }
}

const reportTypeOf = ({ hang }: SampleCrash) => (hang ? 'hang' : 'crash')

type Lists = Pick<
  TopCrashersAggregate,
  'versions' | 'channels' | 'platforms' | 'process_types' | 'report_types'
>

function cellsOf(crashes: SampleCrash[], lists: Lists): Cell[] {
  const key = (crash: SampleCrash) =>
    JSON.stringify([
      lists.versions.indexOf(crash.version),
      lists.channels.indexOf(crash.channel),
      lists.platforms.indexOf(crash.platform),
      lists.process_types.indexOf(crash.processType),
      lists.report_types.indexOf(reportTypeOf(crash)),
    ])
  return [...groupBy(crashes, key)].map(([indexes, list]) => {
    const [version, channel, platform, processType, reportType] = JSON.parse(indexes) as number[]
    const { count, weighted } = tallyOf(list)
    return [version!, channel!, platform!, processType!, count, weighted, reportType!]
  })
}

const totalsOf = (
  crashes: SampleCrash[],
): Pick<TopCrasher, 'installs' | 'startup' | 'garbage_collecting'> => ({
  installs: new Set(crashes.map(({ installTime }) => installTime)).size,
  startup: tallyOf(crashes.filter(({ startup }) => startup)).weighted,
  garbage_collecting: tallyOf(crashes.filter(({ garbageCollecting }) => garbageCollecting)).weighted,
})

/** Some signatures have bugs. */
function bugsOf(signature: string): KnownBug[] | undefined {
  const number = Number.parseInt(sampleSignatureId(signature).slice(0, 5), 16)
  if (number % 3 !== 0) return undefined
  const bug = (id: number, open: boolean): KnownBug => ({
    id: String(id),
    url: `https://bugs.example.org/show_bug.cgi?id=${id}`,
    status: open ? 'NEW' : 'RESOLVED FIXED',
    open,
    summary: `Crash in [@ ${signature}]`,
  })
  return [bug(1_900_000 + (number % 1000), true), bug(1_600_000 + (number % 1000), false)]
}

const firstsOf = (crashes: SampleCrash[], today: string) => ({
  first_seen: dateOf(today, Math.max(...crashes.map(({ day }) => day))),
  first_build: `${dateOf(today, 60).replaceAll('-', '')}093000`,
})

type SampleSignature = Omit<SignatureAggregate, 'product' | 'products'>

function signatureOf(signature: string, all: SampleCrash[], now: string, today: string): SampleSignature {
  const crashes = all.filter(({ day }) => day < shownDays)
  const versions = countsBy(crashes, ({ version }) => version).map(({ value }) => value)
  const facet = (column: string, title: string, key: (crash: SampleCrash) => string) => ({
    column,
    title,
    values: countsBy(crashes, key).map(({ value, total, list }) => ({
      value,
      total,
      ...(versions.length > 1 && {
        by_version: versions.flatMap((version, place) => {
          const tally = tallyOf(list.filter((crash) => crash.version === version))
          return tally.count > 0 ? [place, tally.count, tally.weighted] : []
        }),
      }),
    })),
  })
  return {
    version: aggregatesVersion,
    generated_at: now,
    signature,
    id: sampleSignatureId(signature),
    total: tallyOf(crashes),
    ...firstsOf(all, today),
    last_seen: dateOf(today, Math.min(...all.map(({ day }) => day))),
    installs: totalsOf(crashes).installs,
    ...(bugsOf(signature) && { bugs: bugsOf(signature)! }),
    trend: [...groupBy(crashes, ({ product, version }) => `${product.name}\t${version}`)].map(
      ([key, list]) => {
        const [product, version] = key.split('\t') as [string, string]
        return { product, version, days: daysWithCrashes(list, today) }
      },
    ),
    versions,
    facets: [
      facet('platform_pretty_version', 'Operating system', (crash) => crash.platformVersion),
      facet('product', 'Product', (crash) => crash.product.name),
      facet('version', 'Version', (crash) => crash.version),
      facet('release_channel', 'Channel', (crash) => crash.channel),
      facet('process_type', 'Process type', (crash) => crash.processType),
      facet('uptime', 'Uptime', ({ uptime }) => uptimeText(uptime)),
    ],
    reports: [...crashes]
      .reverse()
      .slice(0, 100)
      .map((crash) => reportRowOf(crash, today)),
    proto_signature: `${signature} | ${['app::Document::Close', 'app::Window::OnClose', 'app::EventLoop::Run', 'main'].join(' | ')}`,
  }
}

function uptimeText(seconds: number): string {
  if (seconds < 60) return '< 1 min'
  if (seconds < 300) return '1–5 min'
  return seconds < 3600 ? '5–60 min' : '> 1 h'
}

function reportRowOf(crash: SampleCrash, today: string): ReportRow {
  const windows = crash.platform.startsWith('Win')
  return {
    crash_id: crash.crashId,
    submitted_at: `${dateOf(today, crash.day)}T${String(crash.uptime % 14).padStart(2, '0')}:${String(crash.installTime % 60).padStart(2, '0')}:07.000000+00:00`,
    product: crash.product.name,
    version: crash.version,
    release_channel: crash.channel,
    build_id: '20261104093000',
    platform: crash.platform,
    platform_pretty_version: crash.platformVersion,
    cpu_arch: crash.uptime % 5 ? 'amd64' : 'arm64',
    process_type: crash.processType,
    reason: windows ? 'EXCEPTION_ACCESS_VIOLATION_READ' : 'SIGSEGV / SEGV_MAPERR',
    address: `0x${(crash.installTime % 4096).toString(16).padStart(16, '0')}`,
    uptime: crash.uptime,
    install_time: crash.installTime,
    duplicate_of: crash.uptime % 17 === 3 ? crashIdOf(crash.uptime, dateOf(today, crash.day + 1)) : null,
  }
}
