// Eight concurrent reports of 20 MB in workerd: the responses, and the memory of the isolate.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { boundary, F, multipart, T } from '../support/crash-request.ts'
import { report } from './edge.support.ts'
import { watchHeap, workerdMemory } from './heap.support.ts'

const atOnce = 8
const rounds = 4
const dumpBytes = 20_000_000
const isolateLimitMb = 128

let made = 0
/** Content like that of minidumps, and content that does not compress. */
const kinds: Record<string, () => Uint8Array> = {
  'like minidumps': () => report(1_000_000 + made++, dumpBytes),
  'not compressible': () =>
    multipart([
      T('ProductName', 'Bench'),
      T('Version', '1.0'),
      F('upload_file_minidump', randomBytes(dumpBytes)),
    ]),
}

/** Several rounds of each kind, one after another in the same isolate, so that garbage can accumulate. */
export async function eightLargeAtOnce(url: string, inspector: URL): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  for (const [name, make] of Object.entries(kinds)) {
    const all: Awaited<ReturnType<typeof oneRound>>[] = []
    for (let round = 0; round < rounds; round++) all.push(await oneRound(url, inspector, make))
    const answers = all.flatMap((round) => round.answers)
    results[name] = {
      answers: countBy(answers.map(({ status }) => status)),
      turned_away_without_retry_after: answers.filter(
        ({ status, retryAfter }) => status === 503 && !retryAfter,
      ).length,
      seconds_per_round: Math.max(...all.map(({ seconds }) => seconds)),
      isolate_peak_mb: Math.max(...all.map(({ peakMb }) => peakMb)),
      samples: all.reduce((sum, { samples }) => sum + samples, 0),
      bar_isolate_mb: isolateLimitMb,
      process_peak_mb: Math.max(...all.map(({ processMb }) => processMb)),
    }
  }
  return results
}

async function oneRound(url: string, inspector: URL, make: () => Uint8Array) {
  const bodies = Array.from({ length: atOnce }, make)
  workerdMemory.reset()
  const heap = await watchHeap(inspector)
  const started = performance.now()
  const answers = await Promise.all(bodies.map((body) => post(`${url}/submit`, body)))
  const seconds = round1((performance.now() - started) / 1000)
  const { peakMb, samples } = await heap.stop()
  return { answers, seconds, peakMb: round1(peakMb), samples, processMb: round1(workerdMemory.peakMb()) }
}

interface Answer {
  /** 0: the connection broke before a status line. */
  status: number
  retryAfter: string | undefined
}

function post(url: string, body: Uint8Array): Promise<Answer> {
  return new Promise((done) => {
    const sent = request(url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': body.length,
      },
    })
    sent.on('response', (response) => {
      response
        .resume()
        .on('end', () => done({ status: response.statusCode!, retryAfter: response.headers['retry-after'] }))
    })
    sent.on('error', () => done({ status: 0, retryAfter: undefined })).end(body)
  })
}

function countBy(values: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

const round1 = (value: number) => Number(value.toFixed(1))
