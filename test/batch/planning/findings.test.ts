// The findings of one crash, in words, and when a day is settled.
import { describe, expect, test } from 'vitest'
import { maySettle, versionOf } from '../../../batch/planning/day-marks.ts'
import type { CrashState } from '../../../batch/planning/plan.ts'
import {
  describeFinding,
  type FindingKind,
  findingsOf,
  type ModuleCounts,
} from '../../../batch/planning/states.ts'

const date = '2026-11-22'
const crashId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const whole: CrashState = {
  ...{ crashId, raw: true, storedAt: new Date(0), processed: true, rows: 1, protectedRows: 1 },
  ...{ wrongModules: false, erasing: false },
}
const deleted = { raw: false, storedAt: null, processed: false, rows: 0, protectedRows: 0 }
const [raw, document] = [`raw/20261122/${crashId}`, `processed/20261122/${crashId}`]
const table = (name: string) => `tables/${name}/date=${date}/`
const placesOf = (state: Partial<CrashState>, modules?: ModuleCounts) =>
  findingsOf({ ...whole, ...state }, modules, date).map(({ kind, where }) => `${kind} ${where}`)

describe('findings', () => {
  test.each<[string, Partial<CrashState>, ModuleCounts | undefined, string[]]>([
    ['a whole crash', {}, undefined, []],
    ['a crash that was deleted', deleted, undefined, []],
    ['no processed crash', { processed: false }, undefined, [`missing ${document}`]],
    ['no rows', { rows: 0, protectedRows: 0 }, undefined, ['missing crashes', 'missing protected']],
    ['two rows', { rows: 2, protectedRows: 3 }, undefined, ['double crashes', 'double protected']],
    ['fewer modules', {}, { expected: 2, actual: 1 }, ['missing modules']],
    ['more modules', {}, { expected: 2, actual: 3 }, ['double modules']],
    ['modules of no row', { rows: 0 }, { expected: null, actual: 3 }, ['missing crashes']],
    [
      'an orphan',
      { raw: false, storedAt: null },
      { expected: 1, actual: 2 },
      [`orphan ${document}`, 'orphan crashes', 'orphan protected', 'orphan modules'],
    ],
    ['an orphan row', { ...deleted, rows: 1 }, { expected: 1, actual: 0 }, ['orphan crashes']],
    [
      'a crash that is being erased',
      { erasing: true },
      undefined,
      [
        `erasing erasures/${crashId}`,
        `erasing ${raw}`,
        `erasing ${document}`,
        'erasing crashes',
        'erasing protected',
      ],
    ],
    ['the rest of one', { ...deleted, erasing: true }, undefined, [`erasing erasures/${crashId}`]],
  ])('of %s', (_, state, modules, expected) => {
    const found = placesOf(state, modules)
    const named = expected.map((text) =>
      text.replace(/ (crashes|protected|modules)$/, (_all, name) => ` ${table(name)}`),
    )
    expect(found.map((text) => text.replace(/erasures\/.*/, `erasures/${crashId}`))).toEqual(named)
  })

  test.each<[FindingKind, string]>([
    ['missing', 'missing in W: run mayday process'],
    ['double', 'more than one row in W: run mayday process'],
    ['orphan', `without a report, in W: restore ${raw} from a backup, or run mayday expunge ${crashId}`],
    ['erasing', `not completely deleted, in W: run mayday expunge ${crashId}`],
    ['unmarked', `a duplicate that is not marked, in W: run mayday process --crash-id ${crashId}`],
    ['unreadable', `an unreadable processed crash at W: run mayday process --crash-id ${crashId}`],
    [
      'unreadable_report',
      `an unreadable report at W: restore ${raw} from a backup, or run mayday expunge ${crashId}`,
    ],
    [
      'half_dropped',
      `a processed crash that does not state whether its report has dumps, at W: run mayday process --crash-id ${crashId}`,
    ],
    [
      'different',
      `a row that does not match the processed crash in W: run mayday process --crash-id ${crashId}`,
    ],
  ])('%s', (kind, text) => {
    expect(describeFinding({ crash_id: crashId, date, kind, where: 'W' })).toBe(`${crashId}  ${text}`)
  })
})

test.each<[string, string | null, boolean]>([
  ['2026-11-23T02:00:00.000Z', null, true],
  ['2026-11-23T01:59:59.999Z', null, false],
  ['2026-11-23T05:00:00.000Z', '2026-11-23T04:00:00.000Z', true],
  ['2026-11-23T05:00:00.000Z', '2026-11-23T04:00:00.001Z', false],
  ['2026-11-23T01:00:00.000Z', '2026-11-22T04:00:00.000Z', false],
])('at %s a day that was opened at %j may be settled: %j', (checkedAt, opened, may) => {
  expect(maySettle(date, new Date(checkedAt), opened === null ? undefined : new Date(opened))).toBe(may)
})

test('the version of files does not depend on their order', () => {
  const [a, b] = [
    { key: 'a', etag: '1' },
    { key: 'b', etag: '2' },
  ]
  expect(versionOf([a, b])).toBe(versionOf([b, a]))
  expect(versionOf([a, b])).toMatch(/^[0-9a-f]{32}$/)
  const others = [[a], [], [a, { ...b, etag: '1' }], [{ ...a, key: 'c' }, b]].map(versionOf)
  expect(new Set([versionOf([a, b]), ...others]).size).toBe(5)
})
