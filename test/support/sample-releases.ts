// The releases of an invented product: the newest version is ten days old, all others are older than that.
import { aggregatesVersion } from '../../shared/aggregates/documents.ts'
import type { Release, ReleasesAggregate } from '../../shared/releases/document.ts'
import type { SampleCrash, SampleProduct } from './sample-products.ts'

const daySeconds = 86_400
const full = 28 * daySeconds
/** Days of the newest version; the last one is not over. */
const youngDays = 10
const young = Math.round((youngDays - 1 + 0.58) * daySeconds)
/** Days before today on which older versions start. */
const oldStart = 55

interface Aged extends SampleCrash {
  age: number
}

/** @param idOf of signatures */
export function sampleReleases(
  product: SampleProduct,
  all: readonly SampleCrash[],
  { now, idOf }: { now: string; idOf: (signature: string) => string },
): ReleasesAggregate {
  const own = all.filter((crash) => crash.product === product)
  const platforms = product.platforms.map(([platform]) => platform)
  const lists = product.versions.slice(0, 4).map((version, place) => {
    const start = place === 0 ? youngDays - 1 : oldStart
    const crashes = own.flatMap((crash): Aged[] => {
      const age = start - crash.day
      return crash.version === version && age >= 0 && age < 28 ? [{ ...crash, age }] : []
    })
    return { version, start, crashes }
  })
  const signatures = [...new Set(lists.flatMap(({ crashes }) => crashes.map(({ signature }) => signature)))]
  return {
    version: aggregatesVersion,
    generated_at: now,
    product: product.name,
    measure: product.usersADay ? 'users' : null,
    platforms,
    releases: lists.map((list, place) => releaseOf(list, { place, product, platforms, now })),
    tested: signatures.length,
    signatures: signatures.map((signature) => ({
      signature,
      id: idOf(signature),
      first_seen: dateBefore(
        now,
        Math.max(...own.filter((one) => one.signature === signature).map(({ day }) => day)),
      ),
      in: lists.flatMap(({ crashes }, release) => {
        const list = crashes.filter((crash) => crash.signature === signature)
        const installs = new Set(list.map(({ installTime }) => installTime)).size
        const [only, ...others] = new Set(list.map(({ platform }) => platform))
        const place = only !== undefined && others.length === 0 ? platforms.indexOf(only) : -1
        return list.length > 0 ? [{ release, installs, only: place, at: atOf(list) }] : []
      }),
    })),
  }
}

function releaseOf(
  { version, start, crashes }: { version: string; start: number; crashes: readonly Aged[] },
  {
    place,
    product,
    platforms,
    now,
  }: { place: number; product: SampleProduct; platforms: string[]; now: string },
): Release {
  const isYoung = place === 0
  return {
    kind: 'version',
    name: version,
    channel: product.channels[0]![0],
    start: dateBefore(now, start),
    is_start_known: isYoung,
    elapsed: isYoung ? young : full,
    days: Array.from({ length: isYoung ? youngDays : 28 }, (_, age) => ({
      ...tallyOf(crashes.filter((crash) => crash.age === age)),
      use: product.usersADay ? Math.round(product.usersADay / 3) : null,
    })),
    at: atOf(crashes),
    recent: tallyOf(crashes.filter(({ day }) => day < 7)).weighted,
    platforms: platforms.flatMap((platform, index) => [
      index,
      tallyOf(crashes.filter((crash) => crash.platform === platform)).weighted,
    ]),
  }
}

/** Crashes up to the age of the newest version, and later ones. */
function atOf(crashes: readonly Aged[]): number[] {
  const [first, later] = [
    crashes.filter(({ age }) => age < youngDays),
    crashes.filter(({ age }) => age >= youngDays),
  ]
  return [[young, tallyOf(first)] as const, [full, tallyOf(later)] as const].flatMap(
    ([age, { count, weighted }]) => (count > 0 ? [age, count, weighted] : []),
  )
}

const tallyOf = (crashes: readonly SampleCrash[]) => ({
  count: crashes.length,
  weighted: crashes.reduce((sum, { weight }) => sum + weight, 0),
})

const dateBefore = (now: string, days: number) =>
  new Date(Date.parse(now.slice(0, 10)) - days * 86_400_000).toISOString().slice(0, 10)
