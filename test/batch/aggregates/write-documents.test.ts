// Writing aggregates: what is written, kept and removed, and how.
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AnyDocument } from '../../../batch/aggregates/run.ts'
import { type Documents, putDocument, writeDocuments } from '../../../batch/aggregates/write-documents.ts'
import { aggregatesRoot, homeKey, madeFromKey, roundKey, statusKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { PutOptions, Storage } from '../../../shared/storage/storage.ts'

let lake: Storage
let puts: [string, PutOptions][]
beforeEach(() => {
  lake = createMemoryStorage()
  puts = []
  const put = lake.put.bind(lake)
  lake.put = async (key, bytes, options = {}) => {
    puts.push([key, options])
    return put(key, bytes, options)
  }
})

const a = `${aggregatesRoot}a.json`
const b = `${aggregatesRoot}b.json`
const time = (n: number) => `2026-10-21T00:00:0${n}.000000+00:00`
const documentOf = (key: string, value: number, at = 0) => ({
  key,
  document: { generated_at: time(at), value } as { generated_at: string },
})
async function write(...documents: AnyDocument[]) {
  puts = []
  const done: number[] = []
  const all: Documents = async function* () {
    yield* documents
  }
  const report = await writeDocuments(all, { lake, onProgress: (count) => done.push(count) })
  return {
    ...report,
    done,
    puts: puts.map(([key]) => key).filter((key) => key !== madeFromKey('aggregates')),
  }
}
const textAt = async (key: string) => new TextDecoder().decode(await (await lake.get(key))!.bytes())
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

test('a document has its time first, the hash of the rest, and is cached for a minute', async () => {
  expect(await write(documentOf(a, 1))).toEqual({
    ...{ documents: 1, unchanged: 0, removed: 0, done: [1], puts: [a] },
  })
  expect(await textAt(a)).toBe(`{"generated_at":"${time(0)}","value":1}`)
  expect(puts[0]).toEqual([
    a,
    {
      ifNoneMatch: '*',
      contentType: 'application/json',
      metadata: { content: hash('{"value":1}'), 'cache-control': 'public, max-age=60' },
    },
  ])
})

test('a text has its own type', async () => {
  await write({ key: `${aggregatesRoot}x.xml`, text: '<x/>', contentType: 'application/atom+xml' })
  expect(puts[0]![1]).toMatchObject({
    contentType: 'application/atom+xml',
    metadata: { content: hash('<x/>') },
  })
})

test('a single document is replaced, without a hash', async () => {
  for (const n of [1, 2]) await putDocument(lake, statusKey, { n })
  expect(await textAt(statusKey)).toBe('{"n":2}')
  expect(puts[1]![1]).toEqual({
    contentType: 'application/json',
    metadata: { 'cache-control': 'public, max-age=60' },
  })
})

describe('when a document exists', () => {
  test('only its changes are written; others are removed', async () => {
    await write(documentOf(a, 1), documentOf(b, 1))
    expect(await write(documentOf(a, 1, 1), documentOf(b, 2, 1))).toEqual({
      ...{ documents: 2, unchanged: 1, removed: 0, done: [1, 2], puts: [b] },
    })
    expect(puts[0]![1]).not.toHaveProperty('ifNoneMatch')
    expect(await textAt(a)).toContain(time(0))
    expect(await write(documentOf(b, 2))).toMatchObject({ documents: 1, unchanged: 1, removed: 1, puts: [] })
    expect(await lake.head(a)).toBeNull()
    const index = JSON.parse(await textAt(madeFromKey('aggregates')))
    expect(Object.keys(index.objects)).toEqual([b])
  })

  test('the home page is written always, status and round are never removed', async () => {
    await write(documentOf(homeKey, 1))
    for (const key of [statusKey, roundKey]) await putDocument(lake, key, {})
    expect(await write(documentOf(homeKey, 1, 1))).toMatchObject({
      unchanged: 0,
      removed: 0,
      puts: [homeKey],
    })
    for (const key of [statusKey, roundKey]) expect(await lake.head(key)).not.toBeNull()
  })

  test('that another run has written meanwhile, it is replaced', async () => {
    const put = lake.put
    lake.put = async (key, bytes, options) => (options?.ifNoneMatch ? null : put(key, bytes, options))
    expect(await write(documentOf(a, 1))).toMatchObject({ documents: 1, unchanged: 0 })
    expect(await textAt(a)).toContain('"value":1')
  })

  test('a document of an unchanged source is not built', async () => {
    const current: boolean[] = []
    const documents = (source: string, value: number): Documents =>
      async function* (isCurrent) {
        const stored = isCurrent({ key: a, source })
        current.push(stored)
        yield stored ? { key: a, source } : { ...documentOf(a, value), source }
      }
    expect(await writeDocuments(documents('s1', 1), { lake })).toEqual({
      documents: 1,
      unchanged: 0,
      removed: 0,
    })
    expect(await writeDocuments(documents('s1', 1), { lake })).toEqual({
      documents: 1,
      unchanged: 1,
      removed: 0,
    })
    // The same content of another source: the source is noted.
    expect(await writeDocuments(documents('s2', 1), { lake })).toEqual({
      documents: 1,
      unchanged: 1,
      removed: 0,
    })
    expect(await writeDocuments(documents('s2', 1), { lake })).toEqual({
      documents: 1,
      unchanged: 1,
      removed: 0,
    })
    expect(await writeDocuments(documents('s3', 2), { lake })).toEqual({
      documents: 1,
      unchanged: 0,
      removed: 0,
    })
    expect(current).toEqual([false, true, false, true, false])
  })

  test('a document that is the same as before may come without its content', async () => {
    await write(documentOf(a, 1))
    expect(await write({ key: a, document: null })).toMatchObject({ documents: 1, unchanged: 1, puts: [] })
    expect(await textAt(a)).toContain('"value":1')
  })
})
