// The counting store: the same store, and exact counts of requests and bytes.
import { expect, test } from 'vitest'
import { countingStorage, noRequests, requestsSince } from '../../../shared/storage/counting.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { storageContract } from '../../contract/storage.ts'

storageContract('a counting store', () => countingStorage(createMemoryStorage(), noRequests()))

test('every request is counted once, with the bytes it moved', async () => {
  const requests = noRequests()
  const storage = countingStorage(createMemoryStorage(), requests)
  await storage.put('a', [new Uint8Array(7), new Uint8Array(3)])
  await storage.put('a', new Uint8Array(9), { ifNoneMatch: '*' })
  await storage.get('a')
  await storage.get('a', { range: { offset: 8, length: 100 } })
  await storage.get('none')
  await storage.head('a')
  const before = { ...requests }
  expect(before).toEqual({
    get: 3,
    put: 2,
    head: 1,
    list: 0,
    delete: 0,
    bytes_read: 12,
    bytes_written: 19,
  })
  await storage.delete('a')
  expect(requestsSince(before, requests)).toEqual({ ...noRequests(), delete: 1 })
})

test.each([
  [0, 1, 0],
  [1, 1, 1],
  [1000, 1, 1],
  [1001, 2, 2],
])('%i keys cost %i lists and %i deletes', async (count, list, deletes) => {
  const requests = noRequests()
  const storage = countingStorage(createMemoryStorage(), requests)
  const keys = Array.from({ length: count }, (_, i) => `k/${i}`)
  for (const key of keys) await storage.put(key, new Uint8Array())
  let listed = 0
  for await (const _ of storage.list('k/')) listed++
  await storage.delete(keys)
  expect({ listed, list: requests.list, delete: requests.delete }).toEqual({
    listed: count,
    list,
    delete: deletes,
  })
})
