// Turns the sample apps into submissions: the same list on every run, so sending again stores nothing twice.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { mulberry32 } from '../../simulate/random.ts'
import type { Submission } from '../../exchange/client-requests.ts'
import { type Naming, type Release, type SampleApp, type SampleCrash, sampleApps } from './apps.ts'

/** Real dumps and symbols; their README documents the origin. */
export const fixturesDir = resolve(import.meta.dirname, '../../../test/fixtures')

/** 2026-10-20 00:00 UTC in seconds: client clocks are data, so they stay fixed. */
const someDay = 1_792_454_400
const dayS = 86_400

/** One report of one app, and the expected response. */
export interface Sample {
  title: string
  submission: Submission
  /** Truncate the body in transit. */
  truncated?: true
  /** Not sent again: without a dump it has no stable id, or it would be refused again. */
  once?: true
}

/** Every sample: the apps' crashes, then unusual reports that a collector must handle. */
export function listSamples(): Sample[] {
  const random = mulberry32(20261020)
  const samples = sampleApps.flatMap((app) =>
    app.crashes.flatMap((crash) =>
      Array.from({ length: crash.times }, () => sampleOf(app, crash, releaseOf(app, random), random)),
    ),
  )
  return [...samples, ...oddSamples(random)]
}

/** A broken dump, an empty one, an old version that the policy rejects, a truncated body. */
function oddSamples(random: () => number): Sample[] {
  const ledger = sampleApps.find((app) => app.product === 'Ledger')!
  const crash: SampleCrash = { dump: 'dumps/cpp-basics-O2-trap.dmp.gz', times: 1 }
  const [current] = ledger.releases
  const broken = sampleOf(ledger, crash, current!, random)
  const empty = sampleOf(ledger, crash, current!, random)
  const old = { ...current!, version: '1.4.2', buildId: '20190301101010' }
  return [
    {
      ...broken,
      title: 'Ledger with half a dump',
      submission: { ...broken.submission, dump: broken.submission.dump!.slice(0, 500) },
    },
    {
      ...empty,
      title: 'Ledger with an empty dump',
      submission: { ...empty.submission, dump: new Uint8Array() },
      once: true,
    },
    {
      ...sampleOf(ledger, crash, old, random),
      title: 'Ledger of a version that is no longer supported',
      once: true,
    },
    {
      ...sampleOf(ledger, crash, current!, random),
      title: 'Ledger, truncated in transit',
      truncated: true,
      once: true,
    },
  ]
}

function sampleOf(app: SampleApp, crash: SampleCrash, release: Release, random: () => number): Sample {
  const submission = {
    client: app.client,
    annotations: {
      ...naming[app.naming](app.product, release.version),
      ...clientAnnotations(app, crash, release, random),
      ...crash.extra,
    },
    dump: crash.dump ? readDump(crash.dump) : null,
  }
  const once = crash.dump === null || release.channel === app.sampledChannel
  const title = `${app.product} ${release.version} ${crash.dump ?? 'without a dump'}`
  return { title, submission, ...(once && { once }) }
}

const naming: Record<Naming, (product: string, version: string) => Record<string, string>> = {
  ProductName: (product, version) => ({ ProductName: product, Version: version }),
  prod: (product, version) => ({ prod: product, ver: version }),
  product: (product, version) => ({ product, version }),
  _productName: (product, version) => ({
    prod: 'Electron',
    ver: '38.2.0',
    _productName: product,
    _version: version,
  }),
}

/** What distinguishes the crashes of a program: installation, clock, uptime. */
function clientAnnotations(
  app: SampleApp,
  crash: SampleCrash,
  release: Release,
  random: () => number,
): Record<string, string> {
  const crashTime = someDay + Math.floor(random() * dayS)
  const uptime = Math.floor(random() ** 4 * 6 * 3600)
  const times = {
    ReleaseChannel: release.channel,
    BuildID: release.buildId,
    CrashTime: String(crashTime),
    StartupTime: String(crashTime - uptime),
    InstallTime: String(someDay - Math.floor(random() * 90) * dayS),
  }
  if (app.naming === 'ProductName') return { ...times, ...processType(crash, 'ProcessType') }
  const guid = Array.from({ length: 4 }, () => hex32(random)).join('-')
  return { ...times, guid, ...processType(crash, app.client === 'electron' ? 'process_type' : 'ptype') }
}

const processType = (crash: SampleCrash, name: string) =>
  crash.processType ? { [name]: crash.processType } : {}

const hex32 = (random: () => number) =>
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')

/** A random release, weighted by `share`. */
function releaseOf(app: SampleApp, random: () => number): Release {
  const lots = app.releases.flatMap((release) => Array.from({ length: release.share }, () => release))
  return lots[Math.floor(random() * lots.length)]!
}

function readDump(path: string): Uint8Array {
  const bytes = readFileSync(resolve(fixturesDir, path))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
