import { describe, expect, test } from 'vitest'
import {
  findSignatures,
  readRow,
  searchablePart,
} from '../../../dashboard/model/signatures/find-signatures.ts'
import type { SignatureIndexPart } from '../../../shared/signature-index.ts'
import { manySignatures, signatureIndexOf } from '../../support/sample-signature-index.ts'

const now = '2026-11-22T14:05:00Z'

const partsOf = (...args: Parameters<typeof signatureIndexOf>) =>
  [...signatureIndexOf(...args)].flatMap(([key, document]) =>
    key.includes('/signature-index/') ? searchablePart(document as SignatureIndexPart) : [],
  )

const named = (...names: string[]) =>
  partsOf(
    names.map((signature, i) => ({
      signature,
      product: i % 2 ? 'B' : 'A',
      days: [0, 5, 10],
    })),
    now,
  )

const find = (parts: ReturnType<typeof named>, text: string, product?: string) =>
  findSignatures(parts, { text, product }).map((row) => readRow(row).signature)

describe('findSignatures', () => {
  const parts = named(
    'OOM | small',
    'app::Room::open',
    'shutdownhang | ROOM',
    'Ärger::straße',
    'a\nb',
    '__proto__',
    'oom',
  )

  test.each([
    [
      'the whole name first, then beginnings, beginnings of words, other places',
      'oom',
      ['oom', 'OOM | small', 'app::Room::open', 'shutdownhang | ROOM'],
    ],
    ['any case', 'ROOM', ['app::Room::open', 'shutdownhang | ROOM']],
    ['several words in any order', 'small oom', ['OOM | small']],
    ['letters beyond ASCII', 'STRASSE', []],
    ['letters beyond ASCII in the other case', 'ärger', ['Ärger::straße']],
    ['a name with a line break', 'a b', ['a\nb']],
    ['names of object members', '__PROTO__', ['__proto__']],
    ['nothing that only two names together contain', 'small\napp', []],
  ])('finds %s', (_, text, found) => {
    expect(find(parts, text)).toEqual(found)
  })

  test('an empty text finds all in the order of the index', () => {
    expect(find(parts, ' ')).toEqual(parts[0]!.part.signatures)
  })

  test('a product keeps its signatures only', () => {
    expect(find(parts, 'oom', 'A')).toEqual(['oom', 'OOM | small', 'shutdownhang | ROOM'])
    expect(find(parts, 'oom', 'C')).toEqual([])
  })

  test('rows have the values of their signature', () => {
    const [row] = findSignatures(named('x'), { text: 'x' })
    expect(readRow(row!)).toEqual({
      signature: 'x',
      products: ['A'],
      recent: 15,
      total: 45,
      days: [0, 5, 9],
      firstSeen: '2026-08-14',
      lastSeen: '2026-11-22',
    })
  })
})

test('any text is found among 100,000 signatures within 50 ms', () => {
  const parts = partsOf(manySignatures(100_000), now)
  for (const text of ['a', 'evict', 'sim::cache', 'cache session', 'f99999', 'nowhere']) {
    // Other programs may use the processor, too: the fastest of several runs counts.
    const millis: number[] = []
    do {
      const started = performance.now()
      findSignatures(parts, { text })
      millis.push(performance.now() - started)
    } while (millis.length < 5 || (millis.length < 50 && millis.at(-1)! >= 50))
    console.info(`${text}: ${Math.min(...millis).toFixed(1)} ms`)
    expect(Math.min(...millis)).toBeLessThan(50)
  }
})
