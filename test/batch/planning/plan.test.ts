import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CrashState, joinDay, needsWork } from '../../../batch/planning/plan.ts'
import {
  isInShard,
  mayHold,
  parseShard,
  rangeOf,
  type Shard,
  shardName,
} from '../../../batch/planning/shard.ts'

async function* listOf(ids: readonly string[]): AsyncGenerator<string> {
  yield* ids
}

const storedAt = new Date('2026-10-21T12:00:00Z')
async function* reportsOf(ids: readonly string[]) {
  for (const crashId of ids) yield { crashId, storedAt }
}

async function join(
  raw: string[],
  processed: string[],
  rows: string[],
  protectedRows: string[],
  wrongModules: string[] = [],
  erasing: string[] = [],
) {
  const states: CrashState[] = []
  const lists = {
    raw: reportsOf(raw.sort()),
    processed: listOf(processed.sort()),
    rows: listOf(rows.sort()),
    protectedRows: listOf(protectedRows.sort()),
    wrongModules: listOf(wrongModules.sort()),
    erasing: listOf(erasing.sort()),
  }
  for await (const state of joinDay(lists)) states.push(state)
  return states
}

const state = (over: Partial<CrashState> = {}): CrashState => ({
  crashId: 'a',
  raw: true,
  storedAt,
  processed: true,
  rows: 1,
  protectedRows: 1,
  wrongModules: false,
  erasing: false,
  ...over,
})

describe('joinDay', () => {
  test('reports the locations of every crash in any list, in order', async () => {
    const none = {
      raw: false,
      storedAt: null,
      processed: false,
      rows: 0,
      protectedRows: 0,
      wrongModules: false,
      erasing: false,
    }
    expect(await join(['a', 'c'], ['a', 'b'], ['a', 'a', 'd'], ['a'], ['c'], ['d'])).toEqual([
      { ...none, crashId: 'a', raw: true, storedAt, processed: true, rows: 2, protectedRows: 1 },
      { ...none, crashId: 'b', processed: true },
      { ...none, crashId: 'c', raw: true, storedAt, wrongModules: true },
      { ...none, crashId: 'd', rows: 1, erasing: true },
    ])
  })

  test('agrees with set operations for arbitrary lists', async () => {
    const ids = fc.array(fc.constantFrom(...'abcdefgh'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(ids, ids, ids, ids, ids, async (raw, processed, rows, protectedRows, wrong) => {
        const all = [...new Set([...raw, ...processed, ...rows, ...protectedRows, ...wrong])].sort()
        const count = (list: string[], id: string) => list.filter((other) => other === id).length
        expect(await join(raw, processed, rows, protectedRows, wrong)).toEqual(
          all.map((crashId) => ({
            crashId,
            raw: raw.includes(crashId),
            storedAt: raw.includes(crashId) ? storedAt : null,
            processed: processed.includes(crashId),
            rows: count(rows, crashId),
            protectedRows: count(protectedRows, crashId),
            wrongModules: wrong.includes(crashId),
            erasing: false,
          })),
        )
      }),
    )
  })

  test('rejects an unsorted list', async () => {
    const lists = {
      raw: reportsOf(['b', 'a']),
      processed: listOf([]),
      rows: listOf([]),
      protectedRows: listOf([]),
      wrongModules: listOf([]),
      erasing: listOf([]),
    }
    await expect(Array.fromAsync(joinDay(lists))).rejects.toThrow('not sorted')
  })
})

describe('needsWork', () => {
  test.each([
    ['done', state(), false],
    ['new', state({ processed: false, rows: 0, protectedRows: 0 }), true],
    ['processed crash deleted by hand', state({ processed: false }), true],
    ['row lost', state({ rows: 0 }), true],
    ['row doubled', state({ rows: 2 }), true],
    ['protected row lost', state({ protectedRows: 0 }), true],
    ['modules lost or duplicated', state({ wrongModules: true }), true],
    ['being deleted', state({ processed: false, erasing: true }), false],
    ['report deleted: cannot be processed', state({ raw: false, storedAt: null, processed: false }), false],
  ])('%s', (_name, given, expected) => {
    expect(needsWork(given)).toBe(expected)
  })
})

describe('shards', () => {
  test('every crash is in exactly one shard', () => {
    const hex = fc.integer({ min: 0, max: 0xffffffff }).map((n) => n.toString(16).padStart(8, '0'))
    fc.assert(
      fc.property(hex, fc.integer({ min: 1, max: 50 }), (start, count) => {
        const id = `${start}-0000-8000-8000-000000261021`
        const homes = Array.from({ length: count }, (_, index) => ({ index, count })).filter((s) =>
          isInShard(id, s),
        )
        expect(homes).toHaveLength(1)
        const { first, end } = rangeOf(homes[0]!)
        expect(first <= start && (end === null || start < end)).toBe(true)
      }),
    )
  })

  test('a file may hold a crash exactly when the ranges of both shards overlap', () => {
    const shard = fc
      .tuple(fc.nat({ max: 30 }), fc.integer({ min: 2, max: 30 }))
      .map(([index, count]) => ({ index: index % count, count }))
    const bounds = (s: Shard) => {
      const { first, end } = rangeOf(s)
      return { first, end: end ?? 'g' }
    }
    fc.assert(
      fc.property(shard, shard, (writer, reader) => {
        const [a, b] = [bounds(writer), bounds(reader)]
        const overlap = a.first < b.end && b.first < a.end
        expect(mayHold(shardName(writer), reader)).toBe(overlap)
      }),
    )
  })

  test.each<[Shard, Shard, boolean]>([
    [{ index: 0, count: 2 }, { index: 1, count: 2 }, false],
    [{ index: 1, count: 2 }, { index: 0, count: 2 }, false],
    [{ index: 0, count: 2 }, { index: 1, count: 4 }, true],
    [{ index: 0, count: 2 }, { index: 2, count: 4 }, false],
    [{ index: 1, count: 2 }, { index: 1, count: 4 }, false],
    [{ index: 1, count: 2 }, { index: 2, count: 4 }, true],
  ])('a file of %j may hold crashes of %j: %j', (writer, reader, may) => {
    expect(mayHold(shardName(writer), reader)).toBe(may)
    expect(mayHold(shardName(reader), writer)).toBe(may)
  })

  test.each(['0of1', '1of2', 'all', 'simulated', 'imported'])(
    'a file named %s may hold any crash',
    (name) => {
      expect(mayHold(name, { index: 1, count: 4 })).toBe(true)
    },
  )

  test('are parsed from I/N and have names for files', () => {
    expect(parseShard('3/16')).toEqual({ index: 3, count: 16 })
    expect(parseShard('0/1')).toEqual({ index: 0, count: 1 })
    expect(parseShard('15/16')).toEqual({ index: 15, count: 16 })
    for (const text of ['0/0', '1/1', '16/16', '-1/2', '1', '1/2/3', 'a/b', '0/10000'])
      expect(() => parseShard(text)).toThrow(
        `A shard is I/N with I from 0 to N-1, for example 0/4, not '${text}'`,
      )
    expect(shardName({ index: 3, count: 16 })).toBe('3in16')
    expect(shardName({ index: 0, count: 1 })).toBe('0of1')
  })

  test.each(['4/4', '-1/4', '1', '1/0', 'a/b', '1/4/2', ''])('%j is refused', (text) => {
    expect(() => parseShard(text)).toThrow('A shard is I/N')
  })
})
