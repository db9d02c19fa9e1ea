// Sending a report when the edge is busy or unreachable.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { sendReport } from '../../../batch/exchange/sender.ts'
import { bytesOf } from '../../support/crash-request.ts'

const crashId = '00000000-0000-8000-8000-000000261020'
const accepted = { status: 200, text: `CrashID=bp-${crashId}\n` }
const busy = { status: 503, text: 'busy' }
type Answer = { status: number; text: string } | 'hang up'

/** Sends one report to a server that gives these answers, the last one again and again. */
async function send(answers: readonly Answer[]) {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()).toString())
    const answer = answers[Math.min(bodies.length, answers.length) - 1]!
    if (answer === 'hang up') request.socket.destroy()
    else response.writeHead(answer.status).end(answer.text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const pauses: number[] = []
  const wait = { sleep: async (ms: number) => void pauses.push(ms), random: () => 1 }
  const { port } = server.address() as AddressInfo
  const request = { headers: {}, body: bytesOf('a report'), chunked: false }
  const result = await sendReport(`http://127.0.0.1:${port}/`, request, wait)
  return { result, bodies, pauses }
}

test('tries again when the edge is busy or closes the connection', async () => {
  const { result, bodies } = await send([busy, 'hang up', accepted])
  expect(result).toEqual({ kind: 'accepted', crashId })
  expect(bodies).toEqual(['a report', 'a report', 'a report'])
})

test('stops after five attempts with growing pauses, and returns the reason', async () => {
  const { result, bodies, pauses } = await send([busy])
  expect(result).toEqual({ kind: 'failed', reason: 'the edge responded with status 503' })
  expect(bodies).toHaveLength(5)
  expect(pauses).toEqual([250, 500, 1000, 2000])
})

test.each([
  [
    { status: 400, text: 'Discarded=malformed_no_boundary' },
    { kind: 'refused', status: 400 },
  ],
  [
    { status: 400, text: `CrashID=bp-${crashId}` },
    { kind: 'failed', reason: `HTTP 400: CrashID=bp-${crashId}` },
  ],
  [
    { status: 404, text: '' },
    { kind: 'failed', reason: 'HTTP 404: no text' },
  ],
  [
    { status: 200, text: `${'x'.repeat(200)}y` },
    { kind: 'failed', reason: `HTTP 200: ${'x'.repeat(200)}` },
  ],
])('does not try again after %j', async (answer, expected) => {
  const { result, bodies } = await send([answer])
  expect(result).toMatchObject(expected)
  expect(bodies).toHaveLength(1)
})
