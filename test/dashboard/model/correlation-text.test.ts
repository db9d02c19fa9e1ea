// Correlations as text.
import { expect, test } from 'vitest'
import {
  conditionOf,
  facetKey,
  overRepresented,
  sharesText,
} from '../../../dashboard/model/correlation-text.ts'
import type { Correlated } from '../../../shared/aggregates/correlations.ts'

const correlated = (more: Partial<Correlated>): Correlated => ({
  kind: 'value',
  column: 'cpu_arch',
  value: 'amd64',
  range: null,
  group: 0.9,
  reference: 0.4,
  ...more,
})

test.each<[Partial<Correlated>, string, string]>([
  [{}, 'Architecture is', 'amd64'],
  [{ kind: 'module', column: 'modules', value: 'a.dll' }, 'Module', 'a.dll'],
  [{ kind: 'flag', column: 'safe_mode', value: 'true' }, 'Safe mode', ''],
  [{ kind: 'flag', column: 'safe_mode', value: 'false' }, 'not: Safe mode', ''],
  [{ kind: 'item', column: 'addons', value: 'x@y' }, 'Addons has', 'x@y'],
  [{ kind: 'number', column: 'uptime', value: '', range: [60, 3600] }, 'Uptime', 'above 60, up to 3,600'],
  [{ kind: 'number', column: 'uptime', value: '', range: [null, 0.5] }, 'Uptime', 'up to 0.5'],
  [{ kind: 'number', column: 'uptime', value: '', range: [3600, null] }, 'Uptime', 'above 3,600'],
  [{ kind: 'number', column: 'uptime', value: '', range: [null, null] }, 'Uptime', 'any'],
])('%j: %s %s', (more, name, value) => {
  expect(conditionOf(correlated(more))).toEqual({ name, value })
})

test('shares are of the crashes of the signature and of others', () => {
  expect(sharesText(correlated({}))).toBe('90.0 % of these crashes, 40.0 % of others')
})

test('more frequent values are marked, also explained ones; less frequent ones are not', () => {
  const marked = overRepresented([
    { ...correlated({}), prior: null, explains: [correlated({ column: 'platform', value: 'Linux' })] },
    { ...correlated({ value: 'arm64', group: 0.1 }), prior: null, explains: [] },
    { ...correlated({ value: 'x86', group: 0.4 }), prior: null, explains: [] },
  ])
  expect([...marked.keys()]).toEqual([facetKey('cpu_arch', 'amd64'), facetKey('platform', 'Linux')])
})
