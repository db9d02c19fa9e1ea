// Data that the collector adds to a report, and annotations with the same names.
import { expect, test } from 'vitest'
import { collectorKeys } from '../../../shared/crash.ts'
import { makeRawCrash } from '../../../shared/report/raw-crash.ts'

const content = { payload: 'multipart' as const, notes: [], dumps: [] }
const reception = {
  crashId: '5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021',
  receivedAt: new Date('2026-10-21T12:00:00Z'),
  throttle: { rule: 'all', percent: 100, weight: 1 },
  wireBytes: 1,
  compressed: false,
  userAgent: 'test',
}
const rawCrashOf = (annotations: Record<string, unknown>) =>
  makeRawCrash({ ...content, annotations }, reception)

test('the collector keys are those added to a report without annotations', () => {
  expect(Object.keys(rawCrashOf({})).sort()).toEqual([...collectorKeys].sort())
})

test('annotations of the same names are kept separately, except the requested crash ID', () => {
  const sent = Object.fromEntries([...collectorKeys].map((key) => [key, `sent ${key}`]))
  const raw = rawCrashOf({ ...sent, ProductName: 'App' })
  expect(raw).toMatchObject({ ProductName: 'App', uuid: reception.crashId, version: 2 })
  expect(raw.metadata.shadowed).toEqual(sent)
  const chosen = rawCrashOf({ uuid: reception.crashId })
  expect([chosen.uuid, chosen.metadata.shadowed]).toEqual([reception.crashId, undefined])
})
