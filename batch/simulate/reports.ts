// Synthetic reports: annotations and a synthetic dump each, in the form the edge stores them.
import { createHash } from 'node:crypto'
import pMap from 'p-map'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { mainDumpName } from '../../shared/crash.ts'
import { identifyReport, makeCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { simulatedVendor } from '../../shared/fields/simulated.ts'
import { rawKey, rawPrefix } from '../../shared/keys.ts'
import { createDayOpener } from '../../shared/open-days.ts'
import { DumpEncoder } from '../../shared/report/body/encoded-dump.ts'
import { makeRawCrash } from '../../shared/report/raw-crash.ts'
import {
  encodeStoredReport,
  readReportMetadata,
  storedContentType,
  storedMetadata,
} from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { dayMs, daysUpTo, startOfDate } from '../../shared/time/dates.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { type CodePlace, type DumpPlan, makeMinidump } from './dump.ts'
import { mulberry32 } from './random.ts'

export interface SimulateReportsOptions {
  crashes: number
  days: number
  seed: number
  /** Last day. */
  to: IsoDate
  onReport?: () => void
}

const products = ['SimBrowser', 'SimBrowser', 'SimBrowser', 'SimEditor', 'SimMail'] as const
const threadCount = 20
const framesPerThread = 24
const moduleCount = 90
/** Number of crash locations; the first are the most frequent. */
const crashSites = 2000
const putsAtOnce = 16

/**
 * Stores reports spread over days: twenty threads, ninety modules, about 120 kB of dump each, crash locations by
 * Zipf's law. The same options give the same reports.
 * @returns bytes of the largest dump
 * @throws CrashError 'bad-usage' when the store contains real reports: they must not be mixed
 */
export async function simulateReports(
  crashes: Storage,
  options: SimulateReportsOptions,
): Promise<{ reports: number; dumpBytes: Bytes }> {
  await refuseRealReports(crashes)
  const markOpen = createDayOpener(crashes)
  for (const date of daysUpTo(options.to, options.days)) await markOpen(date)
  let dumpBytes: Bytes = 0
  const numbers = Array.from({ length: options.crashes }, (_, n) => n)
  const store = async (n: number) => {
    dumpBytes = Math.max(dumpBytes, await storeReport(crashes, n, options))
    options.onReport?.()
  }
  await pMap(numbers, store, { concurrency: putsAtOnce })
  return { reports: options.crashes, dumpBytes }
}

async function refuseRealReports(crashes: Storage): Promise<void> {
  for await (const { key } of crashes.list(rawPrefix())) {
    const { product } = readReportMetadata((await crashes.head(key))?.metadata ?? {})
    if ((products as readonly string[]).includes(product)) return
    throw new CrashError(
      'bad-usage',
      'The store contains real reports; simulate into a separate one, for example --store file:./simulated',
    )
  }
}

/** Creates and stores report number `n`; returns the bytes of its dump. */
async function storeReport(crashes: Storage, n: number, options: SimulateReportsOptions): Promise<Bytes> {
  const { days, seed, to } = options
  const random = mulberry32(seed * 0x9e3779b1 + n)
  const date = daysUpTo(to, days)[n % days]!
  const now = new Date(startOfDate(date) + Math.floor(random() * dayMs))
  const product = products[Math.floor(random() * products.length)]!
  const site = Math.floor(Math.exp(random() * Math.log(crashSites)))
  const annotations = annotationsOf(n, { product, now, site }, random)
  const bytes = makeMinidump(planOf(product, site, random))
  const encoder = new DumpEncoder(mainDumpName, nodeCodecs)
  encoder.append(bytes)
  const dump = encoder.finish()
  const identity = identifyReport({
    dumps: [dump],
    annotations,
    key: simulatedVendor,
    hmac: nodeCodecs.hmacSha256,
  })
  const crashId = makeCrashId(identity, { digit: 0, now })
  const throttle = { rule: simulatedVendor, ...(annotations.ReleaseChannel === 'release' ? tenth : all) }
  const content = { annotations, dumps: [dump], notes: [], payload: 'multipart' as const }
  const rawCrash = makeRawCrash(content, {
    crashId,
    receivedAt: now,
    throttle,
    wireBytes: bytes.length,
    compressed: false,
    userAgent: simulatedVendor,
  })
  await crashes.put(rawKey(crashId), encodeStoredReport(rawCrash, [dump], nodeCodecs), {
    contentType: storedContentType,
    metadata: storedMetadata({
      product,
      version: annotations.Version,
      channel: annotations.ReleaseChannel,
      dumpBytes: bytes.length,
      dumpCount: 1,
    }),
  })
  return bytes.length
}

const tenth = { percent: 10, weight: 10 }
const all = { percent: 100, weight: 1 }

function annotationsOf(
  n: number,
  { product, now, site }: { product: string; now: Date; site: number },
  random: () => number,
) {
  const crashTime = Math.floor(now.getTime() / 1000) - 60
  const major = 102 - Math.floor(random() ** 3 * 3)
  const channel = ['release', 'release', 'release', 'beta', 'nightly'][Math.floor(random() * 5)]!
  return {
    ProductName: product,
    Version: `${major}.0`,
    ReleaseChannel: channel,
    BuildID: `202610${String(10 + Math.floor(random() * 12))}093000`,
    Vendor: simulatedVendor,
    CrashTime: String(crashTime),
    StartupTime: String(crashTime - Math.floor(Math.exp(random() * 12))),
    InstallTime: String(1_780_000_000 + Math.floor(random() * 5000) * 60),
    ProcessType: site % 7 === 0 ? 'content' : 'main',
    Notes: 'adapter 0x8086, driver 31.0.101.4502; '.repeat(8),
    Number: String(n),
  }
}

/** The stack of the crashing thread depends only on the crash location; other threads wait at random ones. */
function planOf(product: string, site: number, random: () => number): DumpPlan {
  const os = site % 3 === 0 ? 'linux' : 'windows'
  const build = Math.floor(random() * 5)
  const placeAt = (thread: number, depth: number): CodePlace => ({
    module: (thread * 7 + depth * 3 + site) % moduleCount,
    offset: 0x1000 + depth * 0x240 + thread * 16 + Math.floor(site / (depth + 1)) * 64,
  })
  return {
    os,
    address: BigInt(site % 4 === 0 ? 0 : site * 8),
    modules: Array.from({ length: moduleCount }, (_, i) => moduleOf(os, product, i, build)),
    threads: Array.from({ length: threadCount }, (_, thread) =>
      Array.from({ length: framesPerThread }, (_, depth) => placeAt(thread, depth)),
    ),
  }
}

function moduleOf(os: DumpPlan['os'], product: string, index: number, build: number) {
  const name =
    os === 'windows'
      ? `C:\\Program Files\\${product}\\simcomponent${index}.dll`
      : `/usr/lib/${product.toLowerCase()}/libsimcomponent-${index}.so.${index % 7}`
  return { name, id: createHash('md5').update(`${name} ${build}`).digest('hex') }
}
