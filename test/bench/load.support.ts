// Load on a local HTTP server: a fixed number of requests, over reused connections where the server allows, and latencies.
import { Agent, request } from 'node:http'

export interface LoadOptions {
  url: string
  count: number
  /** Concurrent requests. */
  concurrency: number
  headers: Record<string, string>
  /** The body of request `i`, built before the measurement starts. */
  body(i: number): Uint8Array
  /** Expected start of the response. */
  expect: string
}

export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** Sends all requests; throws when a response is not as expected. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency })
  const bodies = Array.from({ length: options.count }, (_, i) => options.body(i))
  const latencies: number[] = []
  let next = 0
  const started = performance.now()
  const client = async () => {
    for (let i = next++; i < options.count; i = next++) {
      const sent = performance.now()
      const answer = await post(agent, options, bodies[i]!)
      if (!answer.startsWith(options.expect))
        throw new Error(`${options.url} answered ${answer.slice(0, 200)}`)
      latencies.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, client))
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  latencies.sort((a, b) => a - b)
  return {
    perSecond: options.count / seconds,
    p50Ms: latencies[Math.floor(latencies.length / 2)]!,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)]!,
  }
}

function post(agent: Agent, { url, headers }: LoadOptions, body: Uint8Array): Promise<string> {
  return new Promise((done, fail) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    })
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => done(text)).on('error', fail)
    })
    sent.on('error', fail).end(body)
  })
}
