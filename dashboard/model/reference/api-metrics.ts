// The calls of the API, from the Prometheus text of an edge.

export interface EndpointCalls {
  endpoint: string
  calls: number
  /** Calls answered with a status of 400 or above. */
  failed: number
  /** Of these, for lack of permission: 401 and 403. */
  denied: number
  /** Seconds; null where it is not measured. */
  meanSeconds: number | null
  /** Programs with the most calls first. */
  clients: { client: string; calls: number }[]
}

interface Sample {
  name: string
  labels: ReadonlyMap<string, string>
  value: number
}

/** Since the edge started, those with the most calls first. */
export function readApiCalls(text: string): EndpointCalls[] {
  const samples = text.split('\n').flatMap((line) => readSample(line) ?? [])
  const of = (name: string) => samples.filter((sample) => sample.name === name)
  const byEndpoint = Map.groupBy(of('mayday_edge_api_calls_total'), endpointOf)
  const [sums, counts] = ['sum', 'count'].map(
    (what) => new Map(of(`mayday_edge_api_seconds_${what}`).map((one) => [endpointOf(one), one.value])),
  )
  return [...byEndpoint]
    .map(([endpoint, calls]) => ({
      endpoint,
      calls: sumOf(calls),
      failed: sumOf(calls.filter((one) => Number(one.labels.get('status')) >= 400)),
      denied: sumOf(calls.filter((one) => ['401', '403'].includes(one.labels.get('status') ?? ''))),
      meanSeconds: counts!.get(endpoint) ? sums!.get(endpoint)! / counts!.get(endpoint)! : null,
      clients: clientsOf(calls),
    }))
    .sort((a, b) => b.calls - a.calls)
}

const endpointOf = ({ labels }: Sample) => labels.get('endpoint') ?? ''
const sumOf = (samples: readonly Sample[]) => samples.reduce((sum, { value }) => sum + value, 0)

function clientsOf(calls: readonly Sample[]): EndpointCalls['clients'] {
  const byClient = Map.groupBy(calls, ({ labels }) => labels.get('client') ?? '')
  return [...byClient]
    .map(([client, own]) => ({ client, calls: sumOf(own) }))
    .sort((a, b) => b.calls - a.calls)
}

/** `name{label="value"} 1`; null for comments and other lines. */
function readSample(line: string): Sample | null {
  const match = /^([a-z_]+)(?:\{(.*)\})? ([0-9.e+-]+)$/.exec(line)
  if (!match) return null
  const [, name, list = '', value] = match
  const labels = [...list.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label, quoted]) => [label!, unquoted(quoted!)] as const,
  )
  return { name: name!, labels: new Map(labels), value: Number(value) }
}

const unquoted = (text: string) => text.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter))
