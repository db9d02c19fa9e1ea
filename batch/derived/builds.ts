// Builds by product, channel and ID: finds the version of a beta in an imported listing.

/** One build of a product. */
export interface Build {
  product: string
  channel: string
  buildId: string
  version: string
}

/** Versions by product, channel and build ID. */
export type BuildIndex = ReadonlyMap<string, readonly string[]>

const keyOf = (product: string, channel: string, buildId: string) =>
  JSON.stringify([product, channel, buildId])

/** A build with several versions keeps them all, sorted as text. */
export function indexBuilds(builds: readonly Build[]): BuildIndex {
  const groups = Map.groupBy(builds, (build) =>
    keyOf(build.product, build.channel.toLowerCase(), build.buildId),
  )
  return new Map([...groups].map(([key, list]) => [key, list.map((build) => build.version).sort()]))
}

/** In builds whose ID is greater, the channel `aurora` of Firefox is a separate product. */
const firstDevEdition = '20170601'

/**
 * The version of a build; null when it is unknown. The version of a beta takes precedence over those of its release
 * candidates.
 * @param channel lower case
 */
export function findBuild(
  index: BuildIndex,
  product: string,
  channel: string,
  buildId: string,
): string | null {
  const owner =
    product === 'Firefox' && channel === 'aurora' && buildId > firstDevEdition ? 'DevEdition' : product
  const versions = index.get(keyOf(owner, channel, buildId)) ?? []
  const isCandidate = (version: string) => /rc\d*$/.test(version)
  const isBeta = versions[0]?.includes('b') === true
  return versions.find((version) => isCandidate(version) !== isBeta) ?? null
}
