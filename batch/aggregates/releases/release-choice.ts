// Which versions, builds and channels of a product its release view has.
import type { ReleaseKind } from '../../../shared/releases/document.ts'
import type { IsoDate } from '../../../shared/units.ts'
import type { Product } from '../../products/product-file.ts'
import { channelRank } from '../../products/products.ts'
import { compareVersions } from './version-order.ts'

/** A version, build or channel with crashes in the recent days. */
export interface Candidate {
  kind: ReleaseKind
  name: string
  /** With the most crashes. */
  channel: string
  start: IsoDate
  /** The first day of the product in the days that were read. */
  first_of_product: IsoDate
  /** Estimate of the last 28 days. */
  weighted: number
  /** Estimate of the last seven days. */
  recent: number
}

/** Candidates of each kind and product that are read, those with the most crashes. */
export const releasesRead = 100

/** Versions of one channel, the newest. */
const perChannel = 4
/** Further versions, those with the most crashes. */
const further = 3
const mostVersions = 14
const mostBuilds = 8
const mostChannels = 5
/** Releases with smaller parts of the crashes, of 28 and of seven days, are omitted. */
const leastShare = 0.005

/** Versions, then builds, each newest first, then channels in the order of the product. Candidates: largest first. */
export function chooseReleases(candidates: readonly Candidate[], product: Product): Candidate[] {
  const of = (kind: ReleaseKind) => candidates.filter((candidate) => candidate.kind === kind)
  const rank = ({ name }: Candidate) => channelRank(product, name)
  return [
    ...chooseVersions(of('version')).sort((a, b) => compareVersions(b.name, a.name)),
    ...withoutSmall(of('build')).sort(byNumber).slice(0, mostBuilds),
    ...of('channel')
      .slice(0, mostChannels)
      .sort((a, b) => rank(a) - rank(b)),
  ]
}

function chooseVersions(versions: readonly Candidate[]): Candidate[] {
  const channels = [...Map.groupBy(versions, ({ channel }) => channel).values()].slice(0, mostChannels)
  const newest = channels.flatMap((own) =>
    withoutSmall(own)
      .sort((a, b) => compareVersions(b.name, a.name))
      .slice(0, perChannel),
  )
  const others = versions.filter((version) => !newest.includes(version)).slice(0, further)
  return [...newest, ...others].slice(0, mostVersions)
}

function withoutSmall(candidates: readonly Candidate[]): Candidate[] {
  const sum = (of: (candidate: Candidate) => number) =>
    leastShare * candidates.reduce((all, candidate) => all + of(candidate), 0)
  const [least, leastRecent] = [sum(({ weighted }) => weighted), sum(({ recent }) => recent)]
  return candidates.filter(({ weighted, recent }) => weighted >= least || recent >= Math.max(leastRecent, 1))
}

/** Build IDs are numbers, mostly of a time. */
const byNumber = (a: Candidate, b: Candidate) => b.name.length - a.name.length || (a.name < b.name ? 1 : -1)
