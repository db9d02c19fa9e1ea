// Mixed reports, a faulty store, clients that disconnect: every accepted report is stored completely and once; no other is.
import { expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { fakeDump, gzip, streamOf } from '../../support/crash-request.ts'
import { crashIdOf, labelledReport, labelOf } from '../../support/labelled-reports.ts'
import { createTestEdge } from '../edge.support.ts'

/** SOAK_REPORTS makes it longer. */
const count = Number(process.env.SOAK_REPORTS ?? 1500)
const concurrency = 16

/** Random numbers in [0, 1), the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 0x1000000
  }
}

/** A third of the writes fail before or after writing or never return; some reads fail. */
function withFaults(random: () => number) {
  return (storage: Storage): Storage => ({
    ...storage,
    async put(key, body, options) {
      const fate = random()
      if (fate < 0.12) throw new CrashError('storage', 'fault before writing')
      const done = await storage.put(key, body, options)
      if (fate < 0.24) throw new Error('fault after writing')
      if (fate < 0.26) return new Promise(() => {})
      return done
    },
    async head(key) {
      if (random() < 0.1) throw new Error('fault in looking')
      return storage.head(key)
    },
  })
}

interface Sent {
  id: string | null
  status: number
  dump: Uint8Array
  label: string
}

test('a soak with faults stores every accepted report and no refused one', async () => {
  const random = createRandom(42)
  const edge = createTestEdge({ STORE_TIMEOUT_MS: '100' }, withFaults(random))
  const sent: Sent[] = []
  const sendOne = async (i: number) => {
    const pair = Math.floor(i / 2)
    const label = `report ${pair}`
    const dump = fakeDump(200 + (pair % 50) * 60, pair + 1)
    const report = labelledReport(label, dump, { pair, choice: random() })
    const zipped = random() < 0.5
    const whole = zipped ? await gzip(report.body) : report.body
    const fate = random()
    const body = fate < 0.1 ? whole.subarray(0, Math.floor(random() * whole.length)) : whole
    const headers = { ...report.headers, ...(zipped && { 'content-encoding': 'gzip' }) }
    const chunkSize = 1 + Math.floor(random() * 2000)
    const stream = fate > 0.93 ? hangUp(whole) : streamOf(body, chunkSize)
    const init = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit
    const answer = await edge.ask(new Request(`http://localhost${report.path}`, init))
    const id = crashIdOf(answer.text, answer.headers)
    sent.push({ id, status: answer.status, dump, label })
  }
  let next = 0
  const client = async () => {
    for (let i = next++; i < count; i = next++) await sendOne(i)
  }
  await Promise.all(Array.from({ length: concurrency }, client))

  const stored = await edge.stored()
  const answered = new Map(sent.flatMap((one) => (one.id ? [[one.id, one] as const] : [])))
  for (const [id, { dump, label }] of answered) {
    const report = stored.get(id)
    expect([id, report && labelOf(report.rawCrash)]).toEqual([id, label])
    expect(report!.dumps[0]!.bytes).toEqual(dump)
  }
  const unanswered = [...stored].filter(([id]) => !answered.has(id))
  // The store may write without confirming on every try: the client gets 500 and sends the report again, with the same ID.
  const failed = new Set(sent.filter(({ status }) => status === 500).map(({ label }) => label))
  expect(unanswered.filter(([, { rawCrash }]) => !failed.has(String(labelOf(rawCrash))))).toEqual([])
  expect(unanswered.length).toBeLessThan(count / 50)
  expect(new Set([...stored.values()].map(({ rawCrash }) => labelOf(rawCrash))).size).toBe(stored.size)
  expect(edge.deps.budget.heldBytes).toBe(0)
  expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200, 400, 500]))
})

/** A body that stops after its first half. */
function hangUp(body: Uint8Array): ReadableStream<Uint8Array> {
  let begun = false
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (begun) controller.error(new Error('connection reset'))
      else controller.enqueue(body.subarray(0, body.length >> 1))
      begun = true
    },
  })
}
