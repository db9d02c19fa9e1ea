// The order of version numbers: release, beta, ESR, nightly, semantic versions, four-part ones.
import { own } from '../../../shared/own.ts'
import { ascending } from '../../../shared/text/ascending.ts'

/** Sort key of a version, most significant first. */
interface VersionKey {
  numbers: readonly number[]
  /** 0 alpha, 1 beta, 2 release, 3 extended support. */
  stage: number
  /** Number of the alpha or beta; 0 when it has none. `62.0b` means all betas and follows the last one. */
  stageNumber: number
  /** Number of the release candidate; 999 otherwise. */
  candidate: number
}

const noCandidate = 999
const allBetas = Number.MAX_SAFE_INTEGER

/** Words in versions and their stage: the first counts. Without one of these, any word after a dash counts as beta. */
const stages: Readonly<Record<string, number>> = {
  a: 0,
  alpha: 0,
  nightly: 0,
  dev: 0,
  canary: 0,
  pre: 0,
  b: 1,
  beta: 1,
  rc: 2,
  release: 2,
  lts: 3,
  esr: 3,
}

/** Null when the text is not a version: it does not start with a number, or continues with something unknown. */
function parseVersion(text: string): VersionKey | null {
  const match = /^\s*v?(\d{1,15}(?:\.\d{1,15})*)(.*?)(?:\+.*)?\s*$/i.exec(text)
  if (!match) return null
  const numbers = match[1]!.split('.').map(Number)
  const rest = match[2]!.toLowerCase()
  const key = { numbers, stage: 2, stageNumber: 0, candidate: noCandidate }
  if (rest === '') return key
  const words = rest.match(/alpha|beta|release|nightly|canary|esr|lts|rc|[a-z]+|\d+/g) ?? []
  const dashed = /^[-~ ]/.test(rest)
  let isNamed = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (/^\d/.test(word)) continue
    const none = word === 'b' && !dashed ? allBetas : 0
    const number = /^\d/.test(words[i + 1] ?? '') ? Number(words[i + 1]) : none
    const stage = own(stages, word)
    if (stage === undefined && !dashed) return null
    if (word === 'rc') key.candidate = number
    else if (!isNamed) Object.assign(key, { stage: stage ?? 1, stageNumber: number })
    isNamed ||= stage !== undefined
  }
  return key
}

/**
 * Compares two versions, older first: 62.0a1, 62.0b1, 62.0b5rc1, 62.0b5, 62.0b, 62.0rc1, 62.0, 62.0esr. Missing
 * numbers count as 0. Texts that are not versions come first, in text order.
 */
export function compareVersions(a: string, b: string): number {
  const x = parseVersion(a)
  const y = parseVersion(b)
  if (!x || !y) return x ? 1 : y ? -1 : ascending(a, b)
  for (let i = 0; i < Math.max(x.numbers.length, y.numbers.length); i++) {
    const difference = (x.numbers[i] ?? 0) - (y.numbers[i] ?? 0)
    if (difference) return difference
  }
  return x.stage - y.stage || x.stageNumber - y.stageNumber || x.candidate - y.candidate || ascending(a, b)
}

/** Number of minor versions that `auto` features. */
const autoFeatured = 3

/**
 * The featured ones of `versions`, which are given newest first: versions by name, `X.Yb` for all betas of X.Y,
 * `auto` for the newest version of each of the three newest minor ones, without extended support.
 */
export function featuredVersions(
  wanted: readonly string[],
  versions: readonly string[],
): ReadonlySet<string> {
  const featured = wanted.flatMap((name) => {
    if (name === 'auto') return newestOfMinors(versions).slice(0, autoFeatured)
    if (name.endsWith('b')) return versions.filter((version) => version.startsWith(name))
    return versions.filter((version) => version === name)
  })
  return new Set(featured)
}

function newestOfMinors(versions: readonly string[]): string[] {
  const newest = new Map<string, string>()
  for (const version of versions) {
    const key = parseVersion(version)
    if (!key || key.stage === stages.esr) continue
    const minor = `${key.numbers[0]}.${key.numbers[1] ?? 0}`
    if (!newest.has(minor)) newest.set(minor, version)
  }
  return [...newest.values()]
}
