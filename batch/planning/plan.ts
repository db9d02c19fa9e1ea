// Plans a day: joins its crash IDs in reports, processed crashes and tables.

/** Where one crash was found. `rows` and `protectedRows` count its rows in the two tables with one row per crash. */
export interface CrashState {
  crashId: string
  raw: boolean
  /** When the report was stored; null without one. */
  storedAt: Date | null
  processed: boolean
  rows: number
  protectedRows: number
  /** Its number of rows in `modules` is wrong. */
  wrongModules: boolean
  /** It has a mark of erasure: `mayday expunge` has not finished. */
  erasing: boolean
}

/** A stored report in a listing. */
export interface ListedReport {
  crashId: string
  storedAt: Date
}

/** Crash IDs of one day, each list in ascending order; `rows` and `protectedRows` may repeat an id. */
export interface DayLists {
  raw: AsyncIterable<ListedReport>
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
  const raw = await openList(lists.raw, ({ crashId }) => crashId)
  const others = await Promise.all(
    [lists.processed, lists.rows, lists.protectedRows, lists.wrongModules, lists.erasing].map((list) =>
      openList(list, (crashId) => crashId),
    ),
  )
  const [processed, rows, protectedRows, wrongModules, erasing] = others
  for (;;) {
    const heads = [raw, ...others].flatMap(({ headId }) => headId ?? [])
    if (heads.length === 0) return
    const crashId = heads.sort()[0]!
    const reports = await takeAll(raw, crashId)
    yield {
      crashId,
      raw: reports.length > 0,
      storedAt: reports[0]?.storedAt ?? null,
      processed: (await takeAll(processed!, crashId)).length > 0,
      rows: (await takeAll(rows!, crashId)).length,
      protectedRows: (await takeAll(protectedRows!, crashId)).length,
      wrongModules: (await takeAll(wrongModules!, crashId)).length > 0,
      erasing: (await takeAll(erasing!, crashId)).length > 0,
    }
  }
}

/** True when `mayday process` must process this crash: new, incomplete or with extra rows, and not being deleted. */
export const needsWork = (state: CrashState) =>
  state.raw &&
  !state.erasing &&
  !(state.processed && state.rows === 1 && state.protectedRows === 1 && !state.wrongModules)

interface OpenList<Item> {
  iterator: AsyncIterator<Item>
  head: Item | null
  /** Crash ID of `head`. */
  headId: string | null
  idOf: (item: Item) => string
}

async function openList<Item>(
  list: AsyncIterable<Item>,
  idOf: (item: Item) => string,
): Promise<OpenList<Item>> {
  const open: OpenList<Item> = { iterator: list[Symbol.asyncIterator](), head: null, headId: null, idOf }
  await advance(open)
  return open
}

async function advance<Item>(list: OpenList<Item>): Promise<void> {
  const next = await list.iterator.next()
  const id = next.done ? null : list.idOf(next.value)
  if (id !== null && list.headId !== null && id < list.headId)
    throw new Error(`The list is not sorted: ${id} after ${list.headId}`)
  list.head = next.done ? null : next.value
  list.headId = id
}

/** Removes every item of `crashId` from the head of the list, and returns them. */
async function takeAll<Item>(list: OpenList<Item>, crashId: string): Promise<Item[]> {
  const taken: Item[] = []
  while (list.head !== null && list.headId === crashId) {
    taken.push(list.head)
    await advance(list)
  }
  return taken
}
