// Passes over the pages of a symdex that cover some addresses: few reads, one decoded page in memory.
import { pMapIterable } from 'p-map'
import type { Bytes } from '../../units.ts'
import { lastAtMost } from './columns.ts'
import type { SymdexRoot } from './format.ts'
import { type Inflate, openPage, openPageNow } from './stored-page.ts'
import type { UsePage } from './symbol-table.ts'

/** `length` bytes from `offset`; fewer at the end of the file. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>

/** Workers may have six connections open. */
const readsInFlight = 6
/** Bytes between two pages that cost less than another request. */
const maxGap: Bytes = 64 * 1024
/** A read of several pages. */
const maxRead: Bytes = 1024 * 1024

/** The page that covers an address; -1 for none. */
export const pageOf = ({ address: starts }: SymdexRoot, address: number) =>
  lastAtMost(starts, 0, starts.length, address)

/** A page, and the addresses that it covers. */
interface Visit {
  page: number
  addresses: number[]
}

interface VisitOptions {
  addresses: readonly number[]
  use: UsePage
  /** Null: inflates with Web APIs only, which takes six times as long. */
  inflate: Inflate | null
}

/**
 * `SymbolTable.visit` for a symdex. `addresses` are in ascending order.
 * @throws the errors of `read`
 */
export async function visitPages(
  root: SymdexRoot,
  read: ReadRange,
  { addresses, use, inflate }: VisitOptions,
): Promise<void> {
  const { before, visits } = visitsOf(root, addresses)
  if (before.length > 0) use(null, before)
  const fetchGroup = async (group: readonly Visit[]) => {
    const start = root.offset[group[0]!.page]!
    return { start, group, bytes: await read(start, root.offset[group.at(-1)!.page + 1]! - start) }
  }
  const groups = pMapIterable(groupsOf(root, visits), fetchGroup, { concurrency: readsInFlight })
  for await (const { start, group, bytes } of groups) {
    for (const visit of group) {
      const [from, to] = [root.offset[visit.page]!, root.offset[visit.page + 1]!]
      const stored = bytes.subarray(from - start, to - start)
      const page = inflate
        ? openPageNow(root, visit.page, stored, inflate)
        : await openPage(root, visit.page, stored)
      use(page ?? undefined, visit.addresses)
    }
  }
}

/** The pages of all addresses, and the addresses before the first page. */
function visitsOf(root: SymdexRoot, addresses: readonly number[]) {
  const before: number[] = []
  const visits: Visit[] = []
  for (const address of addresses) {
    const page = pageOf(root, address)
    const last = visits.at(-1)
    if (page < 0) before.push(address)
    else if (last?.page === page) last.addresses.push(address)
    else visits.push({ page, addresses: [address] })
  }
  return { before, visits }
}

/** Groups of pages that are read at once. */
function groupsOf({ offset }: SymdexRoot, visits: readonly Visit[]): Visit[][] {
  const groups: Visit[][] = []
  for (const visit of visits) {
    const group = groups.at(-1)
    const [first, last] = [group?.[0], group?.at(-1)]
    const isNear = last !== undefined && offset[visit.page]! - offset[last.page + 1]! <= maxGap
    if (isNear && offset[visit.page + 1]! - offset[first!.page]! <= maxRead) group!.push(visit)
    else groups.push([visit])
  }
  return groups
}
