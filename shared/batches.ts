// Processing long lists: in slices, and several items concurrently.
import pMap from 'p-map'

/** Consecutive slices of at most `size` items. */
export function* batchesOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

/**
 * Runs `work` on the items, at most `concurrency` at a time. After an error no further item is started; the error is
 * thrown once all started items have finished, so nothing runs on in the background.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  { concurrency }: { concurrency: number },
): Promise<void> {
  const failures: unknown[] = []
  async function* untilFailure() {
    try {
      for await (const item of items) {
        if (failures.length > 0) return
        yield item
      }
    } catch (error) {
      // pMap loses it when another item is requested at the same time.
      failures.push(error)
    }
  }
  const attempt = (item: T) => work(item).catch((error: unknown) => void failures.push(error))
  await pMap(untilFailure(), attempt, { concurrency })
  if (failures.length > 0) throw failures[0]
}
