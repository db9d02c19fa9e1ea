// Writes aggregates that changed, and removes those that are no longer made.
import { createHash } from 'node:crypto'
import { forEachConcurrent } from '../../shared/batches.ts'
import { aggregatesRoot, homeKey, madeFromKey, roundKey, statusKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { openMadeFrom } from '../lake/made-from.ts'
import type { AggregateDocument, AnyDocument, SourcedDocument, TextDocument } from './run.ts'

interface Text {
  text: string
  /** The hash of its content, for documents that have one. */
  content?: string
  contentType?: string
}

const putText = (
  lake: Storage,
  key: string,
  { text, content, contentType = 'application/json', isNew = false }: Text & { isNew?: boolean },
) =>
  lake.put(key, new TextEncoder().encode(text), {
    ...(isNew && { ifNoneMatch: '*' }),
    contentType,
    metadata: { ...(content && { content }), 'cache-control': 'public, max-age=60' },
  })

/** Writes one document. */
export const putDocument = (lake: Storage, key: string, document: object) =>
  putText(lake, key, { text: JSON.stringify(document) })

/** Documents that a round writes, or that are written after all others. */
const otherKeys: ReadonlySet<string> = new Set([statusKey, roundKey])

/** Concurrent writes to the store. */
const putsAtOnce = 16

export type Documents = (isCurrent: (document: SourcedDocument) => boolean) => AsyncIterable<AnyDocument>

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
  const write = async (one: AnyDocument) => {
    const { key, source } = one
    written.add(key)
    onProgress?.(written.size)
    const full = fullTextOf(one)
    if (!full) return void unchanged++
    const { content } = full
    const isSame = key !== homeKey && before.get(key)?.[0] === content
    if (isSame) unchanged++
    if (isSame && before.get(key)?.[1] === source) return
    // Stores write new objects without a lock.
    const created = before.has(key) ? null : await putText(lake, key, { ...full, isNew: true })
    const info = created ?? (await putText(lake, key, full))
    if (info) madeFrom.set(info, source ? `${content} ${source}` : content)
  }
  await forEachConcurrent(documents(isCurrent), write, { concurrency: putsAtOnce })
  const stale = [...before.keys()].filter((key) => !otherKeys.has(key) && !written.has(key))
  await lake.delete(stale)
  await madeFrom.save(stale)
  return { documents: written.size, unchanged, removed: stale.length }
}

/** What is written, and the hash of what lasts of it: not the time. Null: the stored one is kept. */
function fullTextOf({ document, text, ...more }: AggregateDocument | SourcedDocument | TextDocument) {
  if (text !== undefined) return { text, content: hashOf(text), ...more }
  if (!document) return null
  const { generated_at, ...lasting } = document
  const json = JSON.stringify(lasting)
  return {
    text: `{"generated_at":${JSON.stringify(generated_at)},${json.slice(1)}`,
    content: hashOf(json),
  }
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
