// Writes aggregates that changed, and removes those that are no longer made.
import { createHash } from 'node:crypto'
import { forEachConcurrent } from '../../shared/batches.ts'
import { aggregatesRoot, homeKey, madeFromKey, roundKey, statusKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { openMadeFrom } from '../lake/made-from.ts'
import type { AggregateDocument, SourcedDocument } from './run.ts'

/** @param content the hash of its content, for documents that have one */
const putText = (lake: Storage, key: string, text: string, content?: string) =>
  lake.put(key, new TextEncoder().encode(text), {
    contentType: 'application/json',
    metadata: { ...(content && { content }), 'cache-control': 'public, max-age=60' },
  })

/** Writes one document. */
export const putDocument = (lake: Storage, key: string, document: object) =>
  putText(lake, key, JSON.stringify(document))

/** Documents that a round writes, or that are written after all others. */
const otherKeys: ReadonlySet<string> = new Set([statusKey, roundKey])

/** Concurrent writes to the store. */
const putsAtOnce = 16

export type Documents = (
  isCurrent: (document: SourcedDocument) => boolean,
) => AsyncIterable<AggregateDocument | SourcedDocument>

/**
 * Writes aggregates whose content, apart from the time, differs from the stored one, and deletes all others. An index
 * has the source and the hash of the content of each, so that no document needs a request of its own.
 */
export async function writeDocuments(
  documents: Documents,
  { lake, onProgress }: { lake: Storage; onProgress?: ((done: number) => void) | undefined },
): Promise<{ documents: number; unchanged: number; removed: number }> {
  const madeFrom = await openMadeFrom(lake, madeFromKey('aggregates'))
  const before = new Map<string, string[]>()
  for await (const info of lake.list(aggregatesRoot))
    before.set(info.key, madeFrom.sourceOf(info)?.split(' ') ?? [])
  const isCurrent = ({ key, source }: SourcedDocument) => before.get(key)?.[1] === source
  const written = new Set<string>()
  let unchanged = 0
  const write = async ({ key, document, source }: AggregateDocument | SourcedDocument) => {
    written.add(key)
    onProgress?.(written.size)
    if (!document) return void unchanged++
    const { generated_at, ...lasting } = document
    const text = JSON.stringify(lasting)
    const content = createHash('sha256').update(text).digest('hex').slice(0, 32)
    const isSame = key !== homeKey && before.get(key)?.[0] === content
    if (isSame) unchanged++
    if (isSame && before.get(key)?.[1] === source) return
    const full = `{"generated_at":${JSON.stringify(generated_at)},${text.slice(1)}`
    const info = await putText(lake, key, full, content)
    if (info) madeFrom.set(info, source ? `${content} ${source}` : content)
  }
  await forEachConcurrent(documents(isCurrent), write, { concurrency: putsAtOnce })
  const stale = [...before.keys()].filter((key) => !otherKeys.has(key) && !written.has(key))
  await lake.delete(stale)
  await madeFrom.save(stale)
  return { documents: written.size, unchanged, removed: stale.length }
}
