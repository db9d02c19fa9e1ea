// Calls of the API from the metrics of an edge.
import { expect, test } from 'vitest'
import { readApiCalls } from '../../../dashboard/model/reference/api-metrics.ts'
import { createMetrics } from '../../../edge/lib/metrics.ts'

test('calls are counted by endpoint, result and client, as the edge prints them', () => {
  const metrics = createMetrics()
  const call = (endpoint: string, client: string, status: string) =>
    metrics.record('api_calls_total', 1, { endpoint, client, status })
  call('Bugs', 'curl', '200')
  call('Bugs', 'curl', '400')
  call('Bugs', 'curl', '401')
  for (let i = 0; i < 3; i++) call('SuperSearch', 'crashstats-tools', '200')
  call('SuperSearch', 'a "quoted\\" \n, client="', '403')
  call('SuperSearch', 'curl', '429')
  for (const ms of [100, 300]) metrics.record('api_ms', ms, { endpoint: 'SuperSearch' })
  metrics.record('errors_total', 7, {})
  expect(readApiCalls(metrics.toPrometheus())).toEqual([
    {
      endpoint: 'SuperSearch',
      calls: 5,
      failed: 2,
      denied: 1,
      meanSeconds: 0.2,
      clients: [
        { client: 'crashstats-tools', calls: 3 },
        { client: 'a "quoted\\" \n, client="', calls: 1 },
        { client: 'curl', calls: 1 },
      ],
    },
    {
      endpoint: 'Bugs',
      calls: 3,
      failed: 2,
      denied: 1,
      meanSeconds: null,
      clients: [{ client: 'curl', calls: 3 }],
    },
  ])
})

test.each(['', '# HELP x', '<!doctype html>', 'mayday_edge_api_calls_total{endpoint="a"'])(
  'text without samples has no calls: %s',
  (text) => expect(readApiCalls(text)).toEqual([]),
)
