// Bugs and SignaturesByBugs, with the results and errors of Crash Stats.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bug } from '../../../batch/bugs/bug.ts'
import { storeBugs } from '../../../batch/bugs/bug-table.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { bugsOfSignatures, signaturesOfBugs } from '../../../batch/serve/bugs.ts'
import { type LiveTables, openLiveTables } from '../../../batch/serve/live-tables.ts'
import { readArguments } from '../../../shared/api/arguments.ts'
import { findEndpoint } from '../../../shared/api/endpoints.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { openBugStore } from '../bugs/bugs.support.ts'

const store = openBugStore()
let tables: LiveTables

const bugOf = (id: string, ...signatures: string[]): Bug => ({
  ...{ id, signatures, url: null, status: 'NEW', resolution: null, is_open: true, summary: null },
  ...{ is_private: false, reported_at: null, changed_at: null },
})

beforeAll(async () => {
  {
    await using files = await openFiles(store.open)
    const now = new Date('2026-11-20')
    await storeBugs(files, 'https://a.example', {
      bugs: [
        bugOf('999999', 'OOM | small'),
        bugOf('8', 'b', 'a'),
        bugOf('70', 'c', 'a'),
        bugOf('APP-1', 'd'),
      ],
      now,
    })
    await storeBugs(files, 'https://b.example', { bugs: [bugOf('8', 'other')], now })
  }
  tables = await openLiveTables({ open: store.open, onFailure: () => {} })
})
afterAll(async () => {
  await tables[Symbol.asyncDispose]()
  store[Symbol.dispose]()
})

function call(name: 'Bugs' | 'SignaturesByBugs', query: string): Promise<object> {
  const args = readArguments(findEndpoint(name)!, new URLSearchParams(query))
  const given = { args, signal: new AbortController().signal } as never
  return name === 'Bugs' ? bugsOfSignatures(given, tables) : signaturesOfBugs(given, tables)
}

const answer = (...hits: [id: number | string, signature: string][]) => ({
  hits: hits.map(([id, signature]) => ({ id, signature })),
  total: hits.length,
})

describe('Bugs', () => {
  test.each([
    ['signatures=OOM | small', answer([999999, 'OOM | small'])],
    ['signatures=a', answer([8, 'a'], [8, 'b'], [70, 'a'], [70, 'c'])],
    ['signatures=b&signatures=OOM | small', answer([8, 'a'], [8, 'b'], [999999, 'OOM | small'])],
    ['signatures=d', answer(['APP-1', 'd'])],
    ['signatures=unknown', answer()],
    ["signatures=') OR true --", answer()],
  ])('%s', async (query, expected) => {
    expect(await call('Bugs', query)).toEqual(expected)
  })

  test.each(['', 'signatures=', 'other=1'])('refuses %j', (query) => {
    expect(() => call('Bugs', query)).toThrow(
      new ApiProblem(400, { errors: { signatures: ['This field is required.'] } }),
    )
  })
})

describe('SignaturesByBugs', () => {
  test.each([
    ['bug_ids=999999', answer([999999, 'OOM | small'])],
    ['bug_ids=8', answer([8, 'a'], [8, 'b'], [8, 'other'])],
    ['bug_ids=70&bug_ids=0999999', answer([70, 'a'], [70, 'c'], [999999, 'OOM | small'])],
    ['bug_ids=1', answer()],
  ])('%s', async (query, expected) => {
    expect(await call('SignaturesByBugs', query)).toEqual(expected)
  })

  test.each(['bug_ids=x', 'bug_ids=1&bug_ids=-2', 'bug_ids=1.5', "bug_ids=1' OR true"])(
    'refuses %s',
    async (query) => {
      const error = "Bad request: BadArgumentError: Bad value for parameter(s) 'bug_ids'"
      await expect(call('SignaturesByBugs', query)).rejects.toEqual(new ApiProblem(400, { error }))
    },
  )

  test('requires an ID', () => {
    expect(() => call('SignaturesByBugs', '')).toThrow(
      new ApiProblem(400, { errors: { bug_ids: ['This field is required.'] } }),
    )
  })
})
