import { describe, expect, test } from 'vitest'
import { findSignatures, rankOf, readRow } from '../../../dashboard/model/signatures/find-signatures.ts'
import { searchableParts } from '../../support/sample-signature-index.ts'

const now = '2026-11-22T14:05:00Z'

const named = (...names: string[]) =>
  searchableParts(
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

  test.each([...'az09_\u0080ä'])(
    'what follows %j begins no word; what follows its neighbors does',
    (letter) => {
      expect(rankOf(`${letter}oom`, 'oom')).toBe(3)
    },
  )

  test.each([
    ['oom', 0],
    ['oomx', 1],
    ['oox', 3],
  ])('%s has the rank %d for oom', (name, rank) => expect(rankOf(name, 'oom')).toBe(rank))

  test.each([...'`{/:^@ \u007f'])('what follows %j begins a word', (sign) => {
    expect(rankOf(`${sign}oom`, 'oom')).toBe(2)
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
