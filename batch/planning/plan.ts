// Plans a day: joins its crash IDs in reports, processed crashes and tables.

/** Where one crash was found. `rows` and `protectedRows` count its rows in the two tables with one row per crash. */
export interface CrashState {
  crashId: string
  raw: boolean
  processed: boolean
  rows: number
  protectedRows: number
  /** Its number of rows in `modules` is wrong. */
  wrongModules: boolean
  /** It has a mark of erasure: `mayday expunge` has not finished. */
  erasing: boolean
}

/** Crash IDs of one day, each list in ascending order; `rows` and `protectedRows` may repeat an id. */
export interface DayLists {
  raw: AsyncIterable<string>
  processed: AsyncIterable<string>
  rows: AsyncIterable<string>
  protectedRows: AsyncIterable<string>
  wrongModules: AsyncIterable<string>
  erasing: AsyncIterable<string>
}

/**
 * Joins the lists of a day by crash ID, in ascending order, holding one id of each list at a time.
 * Throws a plain Error when a list is not sorted, because the result would be wrong.
 */
export async function* joinDay(lists: DayLists): AsyncGenerator<CrashState> {
  const open = await Promise.all(
    [lists.raw, lists.processed, lists.rows, lists.protectedRows, lists.wrongModules, lists.erasing].map(
      openList,
    ),
  )
  const [raw, processed, rows, protectedRows, wrongModules, erasing] = open
  for (;;) {
    const heads = open.flatMap((list) => (list.head === null ? [] : [list.head]))
    if (heads.length === 0) return
    const crashId = heads.sort()[0]!
    yield {
      crashId,
      raw: (await takeAll(raw!, crashId)) > 0,
      processed: (await takeAll(processed!, crashId)) > 0,
      rows: await takeAll(rows!, crashId),
      protectedRows: await takeAll(protectedRows!, crashId),
      wrongModules: (await takeAll(wrongModules!, crashId)) > 0,
      erasing: (await takeAll(erasing!, crashId)) > 0,
    }
  }
}

/** True when `mayday process` must process this crash: new, incomplete or with extra rows, and not being deleted. */
export const needsWork = (state: CrashState) =>
  state.raw &&
  !state.erasing &&
  !(state.processed && state.rows === 1 && state.protectedRows === 1 && !state.wrongModules)

interface OpenList {
  iterator: AsyncIterator<string>
  head: string | null
}

async function openList(list: AsyncIterable<string>): Promise<OpenList> {
  const iterator = list[Symbol.asyncIterator]()
  const first = await iterator.next()
  return { iterator, head: first.done ? null : first.value }
}

/** Removes every occurrence of `crashId` from the head of the list; returns how many there were. */
async function takeAll(list: OpenList, crashId: string): Promise<number> {
  let count = 0
  while (list.head === crashId) {
    count++
    const next = await list.iterator.next()
    const value = next.done ? null : next.value
    if (value !== null && value < crashId)
      throw new Error(`The list is not sorted: ${value} after ${crashId}`)
    list.head = value
  }
  return count
}
