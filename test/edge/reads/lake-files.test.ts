// Search files and public tables at the edge. test/edge/runtime runs the same vectors in workerd and Deno.
import { describe, expect, test } from 'vitest'
import { tables } from '../../../batch/lake/tables.ts'
import { icebergMetadataKey, publicTables, tableKey, versionHintKey } from '../../../shared/keys.ts'
import { lakeVectors } from '../../contract/lake-files.ts'
import { createTestEdge } from '../edge.support.ts'

describe('a reader of the lake:', () => {
  for (const { name, run } of lakeVectors)
    test(name, () => {
      const { fetch, lake, crashes } = createTestEdge()
      return run({ fetch, lake, crashes, origin: 'https://crash.example' })
    })
})

test('exactly the tables of the public bucket are public', () => {
  const inLake = tables.filter(({ bucket }) => bucket === 'lake').map(({ name }) => name)
  expect([...publicTables].sort()).toEqual(inLake.sort())
})

test('no private table is served, even if a file of it were in the public bucket', async () => {
  const { fetch, lake } = createTestEdge()
  for (const { name, bucket } of tables) {
    const key = tableKey(name, '2026-11-23', '0of1', 0)
    await lake.put(key, new Uint8Array([1]))
    const { status } = await fetch(new Request(`https://crash.example/${key}`))
    expect([name, status]).toEqual([name, bucket === 'lake' ? 200 : 404])
  }
})

test.each<[hint: string | null, versions: number[], found: number | null]>([
  [null, [0, 1], null],
  ['0', [0, 1], null],
  ['1', [1], 1],
  ['1', [1, 2, 4], 2],
  ['2', Array.from({ length: 150 }, (_, place) => place), 101],
])('with the hint %j the newest version of a table follows without a gap', async (hint, versions, found) => {
  const { fetch, lake } = createTestEdge()
  const put = (key: string, text: string) => lake.put(key, new TextEncoder().encode(text))
  if (hint !== null) await put(versionHintKey('crashes'), hint)
  for (const version of versions)
    await put(icebergMetadataKey('crashes', version), `{"location":"s3://lake","is":${version}}`)
  const request = new Request('https://crash.example/iceberg/v1/namespaces/mayday/tables/crashes')
  const response = await fetch(request)
  expect(response.status).toBe(found === null ? 404 : 200)
  if (found !== null) expect(await response.json()).toMatchObject({ metadata: { is: found } })
})

test('a file that is replaced between two reads of the store is not sent in part', async () => {
  const edge = createTestEdge()
  const key = tableKey('crashes', '2026-11-23', '0of1', 0)
  await edge.lake.put(key, new Uint8Array([1, 2, 3]))
  edge.deps.stores.lake = {
    ...edge.lake,
    async head(asked) {
      const info = await edge.lake.head(asked)
      await edge.lake.put(key, new Uint8Array([4, 5, 6]))
      return info
    },
  }
  const { status, headers } = await edge.fetch(
    new Request(`https://crash.example/${key}`, { headers: { range: 'bytes=0-1' } }),
  )
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
})
