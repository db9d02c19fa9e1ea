// Answers searches from search files, in a thread of its own. Columns that were read stay for the next search.
import { isCrashError, reasonOf } from '../shared/errors.ts'
import { answerOf } from '../shared/search/answer.ts'
import type { Query } from '../shared/search/query.ts'
import { ColumnStore } from '../shared/search-files/column-store.ts'
import type { Manifest } from '../shared/search-files/manifest.ts'
import { costOf, filesWithin } from '../shared/search-files/read-plan.ts'
import { needsOf, type SearchProgress, searchFiles } from '../shared/search-files/search-files.ts'
import { createHttpSource } from '../shared/search-files/source.ts'
import { searchPrefix } from '../shared/keys.ts'
import { searchDataPath } from '../shared/pages.ts'
import type { Millis } from '../shared/units.ts'
import { inSite } from './site.ts'
import type { FromWorker, SearchStatus, ToWorker } from './model/search/messages.ts'

/** Memory of decoded columns. */
const maxBytes = 128 * 2 ** 20
/** Between two partial answers. */
const pause: Millis = 100

const store = new ColumnStore(
  createHttpSource({
    base: inSite(searchDataPath + searchPrefix.replace(/^search\//, '')),
    fetch: (url, init) => fetch(url, init),
  }),
  { maxBytes },
)
const running = new Map<number, AbortController>()

const send = (message: FromWorker) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'cancel') running.get(data.id)?.abort()
  else void search(data)
})

async function search({ id, query, maxBytes }: ToWorker & { kind: 'search' }): Promise<void> {
  const controller = new AbortController()
  running.set(id, controller)
  try {
    const { signal } = controller
    const manifest = await store.source.manifest(signal)
    const cost = costOf(manifest, needsOf(query), store.has)
    const days = daysOf(manifest, query)
    if (maxBytes !== null && cost.bytes > maxBytes) {
      send({ kind: 'too-large', id, cost: { bytes: cost.bytes, rows: cost.rows, days: days.at(-1) ?? 0 } })
      return
    }
    await answer({ id, query, signal }, manifest, { days, allBytes: cost.bytes })
  } catch (error) {
    if (controller.signal.aborted) send({ kind: 'cancelled', id })
    else if (isCrashError(error) && error.code === 'missing') send({ kind: 'missing', id })
    else send({ kind: 'failed', id, message: reasonOf(error) })
  } finally {
    running.delete(id)
  }
}

/** Days of the first n files, newest first, by n. */
function daysOf(manifest: Manifest, query: Query): number[] {
  const days = [0]
  for (const { sources } of filesWithin(manifest, query)) days.push(days.at(-1)! + sources.length)
  return days
}

async function answer(
  { id, query, signal }: { id: number; query: Query; signal: AbortSignal },
  manifest: Manifest,
  { days, allBytes }: { days: readonly number[]; allBytes: number },
): Promise<void> {
  const before = store.fetched.bytes
  const statusAfter = (files: number, rows: number): SearchStatus => {
    const bytes = store.fetched.bytes - before
    return { days: days[files] ?? 0, allDays: days.at(-1)!, bytes, allBytes: Math.max(allBytes, bytes), rows }
  }
  let latest: SearchProgress | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const sendLatest = () => {
    timer = undefined
    const { files, rows, result } = latest!
    const shown = answerOf({ ...query, columns: [] }, result())
    send({ kind: 'progress', id, status: statusAfter(files, rows), answer: shown })
  }
  const onProgress = (progress: SearchProgress) => {
    latest = progress
    timer ??= setTimeout(sendLatest, pause)
  }
  try {
    const result = await searchFiles(query, store, { manifest, signal, onProgress })
    signal.throwIfAborted()
    const rows = (latest as SearchProgress | null)?.rows ?? 0
    send({ kind: 'done', id, status: statusAfter(days.length - 1, rows), answer: answerOf(query, result) })
  } finally {
    clearTimeout(timer)
  }
}
