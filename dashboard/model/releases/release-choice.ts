// Which two releases the URL of the release page names.
import { leadingRelease, releaseBefore } from '../../../shared/releases/choose.ts'
import {
  type Release,
  type ReleaseKind,
  type ReleasesAggregate,
  releaseKinds,
} from '../../../shared/releases/document.ts'

/** Parameters of the page besides `product`. */
export const releaseParameters = [...releaseKinds, 'against'] as const

export interface ReleaseChoice {
  kind: ReleaseKind
  /** All of the kind, in the order of the document. */
  options: Release[]
  /** Null: there is none. */
  now: Release | null
  before: Release | null
  /** Names in the URL that the document does not have. */
  unknown: string[]
}

/** The named ones; where the URL names none, the newest on the channel with the most crashes, and the one before. */
export function choiceOf(document: ReleasesAggregate, query: URLSearchParams): ReleaseChoice {
  const kind = releaseKinds.find((one) => query.has(one)) ?? firstKind(document)
  const options = document.releases.filter((release) => release.kind === kind)
  const wanted = query.get(kind)
  const against = query.get('against')
  const find = (name: string | null) => options.find((release) => release.name === name) ?? null
  const now = find(wanted) ?? leadingRelease(document, kind) ?? options[0] ?? null
  const other = find(against)
  const before = other && other !== now ? other : now && releaseBefore(document, now)
  const unknown = [wanted, against].flatMap((name) => (name && !find(name) ? [name] : []))
  return { kind, options, now, before, unknown }
}

/** Versions, unless there are not two of them. */
const firstKind = ({ releases }: ReleasesAggregate): ReleaseKind =>
  releaseKinds.find((kind) => releases.filter((release) => release.kind === kind).length > 1) ?? 'version'

/** The kinds that have two releases to compare. */
export const kindsOf = ({ releases }: ReleasesAggregate): ReleaseKind[] =>
  releaseKinds.filter((kind) => releases.filter((release) => release.kind === kind).length > 1)
