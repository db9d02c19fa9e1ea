// Byte buffers: collecting, joining and freeing bytes.
import { describe, expect, test } from 'vitest'
import { ByteBuffer, freeBytes } from '../../../shared/bytes/byte-buffer.ts'
import { concatBytes } from '../../../shared/bytes/concat.ts'

describe('ByteBuffer', () => {
  test('grows, can be viewed from any offset, and restarts empty', () => {
    const buffer = new ByteBuffer(2)
    buffer.append(Uint8Array.of(1))
    buffer.append(Uint8Array.of(2, 3, 4))
    expect([...buffer.view()]).toEqual([1, 2, 3, 4])
    expect([...buffer.view(2)]).toEqual([3, 4])
    buffer.reset()
    buffer.append(Uint8Array.of(9))
    expect([...buffer.view()]).toEqual([9])
  })
})

test('concatBytes returns a single chunk itself and preserves order', () => {
  const one = Uint8Array.of(1, 2)
  expect(concatBytes([one])).toBe(one)
  expect([...concatBytes([one, Uint8Array.of(), Uint8Array.of(3)])]).toEqual([1, 2, 3])
})

test('freeBytes empties pieces that own their memory, and spares shared memory', () => {
  const own = new Uint8Array(1000)
  const shared = new Uint8Array(1000).fill(7)
  const part = shared.subarray(0, 999)
  freeBytes([own, part, own])
  expect([own.length, own.buffer.byteLength]).toEqual([0, 0])
  expect([part.length, shared[999]]).toEqual([999, 7])
})
