// One made-up crash: drawn from the scenario of its app, the same for the same day and number.
import { createHash } from 'node:crypto'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { identifyReport, makeCrashId } from '../../../shared/crash-id.ts'
import { simulatedVendor } from '../../../shared/fields/simulated.ts'
import { dayMs, startOfDate } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { mulberry32 } from '../random.ts'
import { moduleOf, systems } from './made-stack.ts'
import type { Curve, MadeApp, MadeRelease, MadeSignature } from './scenario.ts'
import type { createPlanter, SampleShape, Shape } from './shapes.ts'

/** What the crashes of an app are drawn from. */
export interface Source {
  app: MadeApp
  samples: readonly SampleShape[]
  plant: ReturnType<typeof createPlanter>
}

/** A day of an app. `day` counts from the first start: negative before it. */
export interface MadeDay {
  date: IsoDate
  day: number
}

type Random = () => number

/** The share at a day. */
export function shareAt(curve: Curve, day: number): number {
  const next = curve.findIndex(([at]) => at > day)
  const [before, after] = [curve[next < 0 ? curve.length - 1 : next - 1], curve[next]]
  if (!before || !after) return (before ?? after)![1]
  const [[start, low], [end, high]] = [before, after]
  return low + ((high - low) * (day - start)) / (end - start)
}

/** Fewer on weekends. */
export const dayFactor = (date: IsoDate): number =>
  [0, 6].includes(new Date(startOfDate(date)).getUTCDay()) ? 0.7 : 1

/** The crashes of an app on a day, in the order of their times. */
export function makeCrashes(source: Source, at: MadeDay): ProcessedCrash[] {
  const { app } = source
  const random = mulberry32(numberOf(`${app.product} ${at.date}`))
  const count = Math.round(app.perDay * dayFactor(at.date) * (0.9 + 0.2 * random()))
  const times = Array.from({ length: count }, () => timeOf(random)).sort((a, b) => a - b)
  return times.map((time, n) => makeCrash(source, { ...at, time: startOfDate(at.date) + time, n }, random))
}

/** More during the day than at night. */
function timeOf(random: Random): number {
  const time = random()
  return Math.floor((random() < 0.6 ? 0.35 + time * 0.55 : time) * dayMs)
}

function makeCrash(
  source: Source,
  { date, day, time, n }: MadeDay & { time: number; n: number },
  random: Random,
): ProcessedCrash {
  const { app } = source
  const release = drawn(app.releases, ({ share }) => shareAt(share, day), random)!
  const { shape, planted } = drawShape(source, { release, day }, random)
  const sha256hex = createHash('sha256').update(`${app.product} ${date} ${n}`).digest('hex')
  const identity = identifyReport({
    dumps: [{ name: 'made', size: 1, sha256hex }],
    annotations: {},
    key: simulatedVendor,
    hmac: nodeCodecs.hmacSha256,
  })
  const crashId = makeCrashId(identity, { digit: 0, now: new Date(time) })
  return {
    ...shape,
    crash_id: crashId,
    uuid: crashId,
    vendor: simulatedVendor,
    ...releaseFields(app, release),
    ...timeFields(time, planted, random),
    ...systemFields(shape, { app, planted }, random),
    processor_version: simulatedVendor,
    processor_notes: 'made up by mayday dev: no program sent this report',
  }
}

/** A stack of the samples, or a planted one that the release may have. */
function drawShape(
  { app, samples, plant }: Source,
  { release, day }: { release: MadeRelease; day: number },
  random: Random,
): { shape: Shape; planted: MadeSignature | null } {
  const { version } = release
  const possible = app.signatures.filter(({ versions }) => versions?.includes(version) ?? true)
  const shareOf = (signature: MadeSignature | null) =>
    signature ? shareAt(signature.share, day) : samples.length > 0 ? app.sampleShare : 0
  const planted = drawn([null, ...possible], shareOf, random) ?? null
  if (planted) {
    const platform = planted.platforms[Math.floor(random() * planted.platforms.length)]!
    return { shape: plant(app, planted, { platform, version }), planted }
  }
  return { shape: drawn(samples, ({ count }) => count, random)!.shape, planted }
}

function releaseFields({ product }: MadeApp, { version, channel, buildId, percent = 100 }: MadeRelease) {
  return {
    product,
    version,
    release_channel: channel,
    build: buildId,
    major_version: Number.parseInt(version, 10),
    weight: 100 / percent,
    throttle_percent: percent,
    throttle_rule: percent < 100 ? `${channel}_sample` : 'accept_everything',
  }
}

function timeFields(time: number, planted: MadeSignature | null, random: Random) {
  const isStartup = random() * 100 < (planted?.startup ?? 3)
  const uptime = isStartup ? Math.floor(random() * 8) : Math.floor(Math.exp(4 + random() * 7))
  const crashTime = Math.floor(time / 1000) - 20
  const age = Math.floor(random() * 60 * 86_400)
  const iso = (ms: number) => new Date(ms).toISOString().replace('Z', '+00:00')
  return {
    submitted_timestamp: iso(time),
    date_processed: iso(time),
    started_datetime: iso(time + 60_000),
    completed_datetime: iso(time + 60_030),
    client_crash_date: iso(crashTime * 1000),
    crash_time: crashTime,
    startup_time: crashTime - uptime,
    uptime,
    startup_crash: isStartup,
    install_time: crashTime - uptime - age,
    install_age: age,
  }
}

const vendors = ['0x8086', '0x10de', '0x1002']
const models = ['Pelican 7', 'Wren A15', 'Avocet 5', 'Godwit X']

/** System, devices and modules; a correlated signature has some values more often. */
function systemFields(
  shape: Shape,
  { app, planted }: { app: MadeApp; planted: MadeSignature | null },
  random: Random,
) {
  const { os_name: os } = shape
  const { module, value } = planted?.correlation ?? {}
  const isInside = (percent: number) => random() * 100 < percent
  const oneOf = (values: readonly string[], field: string) =>
    value?.field === field && isInside(value.inside)
      ? value.value
      : values[Math.floor(random() * values.length)]!
  const hook = module ?? (os === systems.windows.os ? correlatedModule(app) : undefined)
  const hasHook = hook !== undefined && isInside(module ? hook.inside : hook.outside)
  const { json_dump: dump } = shape
  const modules = dump?.modules ?? []
  const added = dump && hasHook && moduleOf(hook.name, { index: modules.length, version: hook.version })
  const release = planted && releaseOf(os, random)
  return {
    ...(release && { os_pretty_version: release[0], os_version: release[1] }),
    ...(app.signatures.some(({ correlation }) => correlation?.value?.field === 'android_model')
      ? { android_model: oneOf(models, 'android_model') }
      : { adapter_vendor_id: oneOf(vendors, 'adapter_vendor_id') }),
    ...(added && { json_dump: { ...dump, modules: [...modules, added] } }),
  }
}

/** Of a planted correlation; other crashes on Windows have it, too. */
const correlatedModule = ({ signatures }: MadeApp) =>
  signatures.flatMap(({ correlation }) => correlation?.module ?? [])[0]

function releaseOf(os: string | null | undefined, random: Random) {
  const system = Object.values(systems).find((one) => one.os === os)
  return system?.releases[random() < 0.7 ? 0 : 1] ?? null
}

/** One of the values, with a probability in proportion to its share; undefined when all shares are 0. */
function drawn<T>(values: readonly T[], shareOf: (value: T) => number, random: Random): T | undefined {
  const shares = values.map(shareOf)
  let left = random() * shares.reduce((sum, share) => sum + share, 0)
  return values.find((_, i) => {
    left -= shares[i]!
    return left < 0
  })
}

const numberOf = (text: string) => createHash('md5').update(text).digest().readInt32LE(0)
