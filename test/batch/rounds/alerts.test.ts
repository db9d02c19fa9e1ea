// docs/alerts.yml and docs/grafana-dashboard.json: valid, and about metrics that exist.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runMetricTable } from '../../../batch/rounds/run-metrics.ts'
import { metricTable } from '../../../edge/lib/metrics.ts'
import { hasPromtool, promtool } from '../../support/promtool.ts'

const docs = join(import.meta.dirname, '../../../docs')
const rules = join(docs, 'alerts.yml')
const dashboard = join(docs, 'grafana-dashboard.json')

const written = (prefix: string, table: Readonly<Record<string, { kind: string }>>) =>
  Object.entries(table).flatMap(([name, { kind }]) => {
    const full = `mayday_${prefix}_${name.replace(/_ms$/, '_seconds')}`
    return kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => full + end) : [full]
  })
const existing = new Set([...written('run', runMetricTable), ...written('edge', metricTable)])
const formerNames = /^mayday_edge_((submit|store)_ms_(sum|count)|stored_aside_total)$/

test.each([rules, dashboard])('%s is only about metrics that exist', (path) => {
  const named = readFileSync(path, 'utf8').match(/mayday_(?:run|edge)_\w+/g)!
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !existing.has(name) && !formerNames.test(name))).toEqual([])
})

test('the dashboard shows every metric of mayday run', () => {
  const text = readFileSync(dashboard, 'utf8')
  const names = Object.keys(runMetricTable).map((name) => `mayday_run_${name.replace(/_ms$/, '_seconds')}`)
  expect(names.filter((name) => !text.includes(name))).toEqual([])
})

describe.skipIf(!hasPromtool)('with promtool (skipped without it)', () => {
  test('the rules are valid', () => {
    expect(promtool(['check', 'rules', rules])).toMatchObject({ status: 0 })
  })

  test('every alert fires on the series that it is for, and not before', () => {
    const cases = join(import.meta.dirname, 'alerts.promtool.yml')
    expect(promtool(['test', 'rules', cases])).toMatchObject({ status: 0 })
    const names = [...readFileSync(rules, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name)
    const text = readFileSync(cases, 'utf8')
    expect(names.filter((name) => text.split(`alertname: ${name}`).length < 3)).toEqual([])
  })
})
