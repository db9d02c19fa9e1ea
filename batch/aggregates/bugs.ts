// The bugs that documents list with their signatures.
import type { Bug } from '../bugs/bug.ts'
import type { KnownBug, ListedBug } from '../../shared/aggregates/documents.ts'
import { type AggregateRun, queryRows } from './run.ts'

/** Bugs of one signature in its document. */
const mostBugs = 50
/** Bugs of one signature in a list. */
const mostListed = 5

/** Other signatures of one bug in a document. */
const mostOthers = 10

type BugRow = Omit<Bug, 'signatures'> & { signature: string; others: string[] }

/** By signature: open bugs first, then the newest. Reads the table `history`. */
export async function readKnownBugs(run: AggregateRun): Promise<ReadonlyMap<string, KnownBug[]>> {
  const rows = await queryRows<BugRow>(run, 'known-bugs', { most: mostBugs, others: mostOthers })
  const groups = Map.groupBy(rows, ({ signature }) => signature)
  return new Map([...groups].map(([signature, bugs]) => [signature, bugs.map(bugOf)]))
}

const bugOf = ({ id, url, status, resolution, is_open, summary, others }: BugRow): KnownBug => ({
  id,
  url,
  status: resolution ? `${status ?? ''} ${resolution}`.trim() : status,
  open: is_open,
  summary,
  ...(others.length > 0 && { others }),
})

/** The bugs of a signature for its document; nothing without any. */
export function bugsOf({ bugs }: AggregateRun, signature: string): { bugs?: KnownBug[] } {
  const known = bugs.get(signature)
  return known ? { bugs: known } : {}
}

/** The same for lists, where titles would take too much space. */
export function listedBugsOf(run: AggregateRun, signature: string): { bugs?: ListedBug[] } {
  const { bugs } = bugsOf(run, signature)
  return bugs ? { bugs: bugs.slice(0, mostListed).map(({ id, url, open }) => ({ id, url, open })) } : {}
}
