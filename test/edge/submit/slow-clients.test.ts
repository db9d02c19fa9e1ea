// Clients that send slowly or stop, and steps that never end: every request ends in time and frees its memory.
import { describe, expect, test } from 'vitest'
import type { EdgeDeps } from '../../../edge/deps.ts'
import { boundary, F, fakeDump, multipart, submitRequest, T } from '../../support/crash-request.ts'
import { createTestEdge, type TestEdge, useTestTime } from '../edge.support.ts'

const body = multipart([T('ProductName', 'App'), T('Version', '1.0'), F('upload_file_minidump')])
const largeBody = multipart([T('ProductName', 'App'), F('upload_file_minidump', fakeDump(400_000))])
const never = () => new Promise<never>(() => {})

/** A request whose body the test sends in pieces. */
function openRequest(path = '/submit', headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const stream = new ReadableStream<Uint8Array>({
    start(c) {
      controller = c
    },
  })
  const request = new Request(`http://localhost${path}`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, ...headers },
    body: stream,
    duplex: 'half',
  } as RequestInit)
  return {
    request,
    send: (bytes: Uint8Array) => controller.enqueue(bytes),
    end: () => controller.close(),
  }
}

type Asked = Awaited<ReturnType<TestEdge['ask']>>

/** Sends the request, and keeps the response once it arrives. */
function begin(edge: TestEdge, request: Request): { answer: Asked | null; done: Promise<Asked> } {
  const begun: { answer: Asked | null; done: Promise<Asked> } = { answer: null, done: edge.ask(request) }
  void begun.done.then((answer) => {
    begun.answer = answer
  })
  return begun
}

const metric = (deps: EdgeDeps, name: string) =>
  [...deps.metrics.toPrometheus().matchAll(new RegExp(`^mayday_edge_${name}(\\S*) (\\d+)$`, 'gm'))].map(
    ([, labels, value]) => `${labels}${value}`,
  )

/** Expects no held memory, no request in flight and no running timer. */
function expectNothingLeft({ deps: { budget } }: TestEdge, time: ReturnType<typeof useTestTime>): void {
  expect([budget.heldBytes, budget.openCount, time.timers]).toEqual([0, 0, 0])
}

const late = { status: 408, text: 'Discarded=malformed_body_timeout' }

describe('a client that sends slowly', () => {
  test('is served as long as enough data arrives', async () => {
    const edge = createTestEdge({ BODY_TIMEOUT_MS: '60000' })
    const time = useTestTime(edge)
    const { request, send, end } = openRequest()
    const { done } = begin(edge, request)
    const third = Math.ceil(largeBody.length / 3)
    for (const piece of [0, 1, 2]) {
      await time.advance(55_000)
      send(largeBody.subarray(piece * third, (piece + 1) * third))
    }
    end()
    expect((await done).status).toBe(200)
    expectNothingLeft(edge, time)
  })

  test('gets 408 when nothing arrives; only the counters change', async () => {
    const edge = createTestEdge({ BODY_TIMEOUT_MS: '60000' })
    const time = useTestTime(edge)
    const { request, send } = openRequest()
    const begun = begin(edge, request)
    send(body.subarray(0, 100))
    await time.advance(59_000)
    expect([begun.answer, edge.deps.budget.openCount]).toEqual([null, 1])
    await time.advance(17_000)
    expect(begun.answer).toMatchObject(late)
    expect((await edge.stored()).size).toBe(0)
    expect(edge.logs).toMatchObject([{ event: 'refused', reason: 'body_timeout' }])
    expect(metric(edge.deps, 'timed_out_total')).toEqual(['{kind="idle"}1'])
    expectNothingLeft(edge, time)
  })

  test('gets 408 after a minute of one byte every five seconds', async () => {
    const edge = createTestEdge()
    const time = useTestTime(edge)
    const { request, send } = openRequest()
    const begun = begin(edge, request)
    for (let sent = 0; sent < 16 && !begun.answer; sent++) {
      send(body.subarray(sent, sent + 1))
      await time.advance(5000)
    }
    expect(begun.answer).toMatchObject(late)
    expect(metric(edge.deps, 'timed_out_total')).toEqual(['{kind="slow"}1'])
    expectNothingLeft(edge, time)
  })

  test('gets 408 after the time limit of a submission, even when it sends steadily', async () => {
    const edge = createTestEdge()
    const time = useTestTime(edge)
    const { request, send } = openRequest()
    const begun = begin(edge, request)
    for (let sent = 0; sent < 310; sent++) {
      if (!begun.answer) send(largeBody.subarray(sent * 600, (sent + 1) * 600))
      await time.advance(1000)
      if (sent === 298) expect(begun.answer).toBe(null)
    }
    expect(begun.answer).toMatchObject(late)
    expect(metric(edge.deps, 'timed_out_total')).toEqual(['{kind="deadline"}1'])
    expectNothingLeft(edge, time)
  })

  test('frees its memory before the read has ended, where the handler waits for it', async () => {
    const edge = createTestEdge()
    edge.deps.readsMustEnd = true
    const time = useTestTime(edge)
    const { request, send, end } = openRequest()
    const begun = begin(edge, request)
    send(body.subarray(0, 100))
    await time.advance(1000)
    expect(edge.deps.budget.heldBytes).toBeGreaterThan(0)
    await time.advance(400_000)
    expect([edge.deps.budget.heldBytes, begun.answer]).toEqual([0, null])
    end()
    expect(await begun.done).toMatchObject(late)
    expectNothingLeft(edge, time)
  })

  test.each([false, true])(
    'gets the reason of an earlier fault (reads must end: %s)',
    async (readsMustEnd) => {
      const edge = createTestEdge()
      edge.deps.readsMustEnd = readsMustEnd
      const time = useTestTime(edge)
      const { request, end } = openRequest('/submit', { 'content-type': 'multipart/form-data' })
      const begun = begin(edge, request)
      await time.advance(400_000)
      expect([edge.deps.budget.heldBytes, begun.answer === null]).toEqual([0, readsMustEnd])
      end()
      expect(await begun.done).toMatchObject({ status: 400, text: 'Discarded=malformed_no_boundary' })
      expectNothingLeft(edge, time)
    },
  )

  test('gets the same reason from the dry run', async () => {
    const edge = createTestEdge()
    const time = useTestTime(edge)
    const begun = begin(edge, openRequest('/submit/check').request)
    await time.advance(400_000)
    expect(JSON.parse(begun.answer!.text)).toMatchObject({ would: { status: 408, reason: 'body_timeout' } })
    expectNothingLeft(edge, time)
  })
})

describe('a step that never ends', () => {
  const steps: [string, (deps: EdgeDeps) => void][] = [
    ['the rate limit', (deps) => Object.assign(deps, { maySubmit: never })],
    ['the policy', (deps) => Object.assign(deps, { policy: { current: never } })],
    [
      'inflating',
      (deps) => {
        const inflater = { write: never, restart: () => {}, close: () => {} }
        deps.codecs = { ...deps.codecs, createInflater: () => inflater }
      },
    ],
    ['a turn', (deps) => Object.assign(deps, { turns: { join: () => ({ next: never, rest: () => {} }) } })],
    [
      'the store',
      (deps) => {
        deps.config.storeTimeoutMs = 1e9
        deps.stores.crashes = { ...deps.stores.crashes, put: never }
      },
    ],
  ]
  const large = multipart([T('ProductName', 'App'), F('upload_file_minidump', fakeDump(1_500_000))])

  test.each(steps)('is ended by the time limit of a submission: %s', async (_, block) => {
    for (const path of ['/submit', '/submit/check']) {
      const edge = createTestEdge()
      const time = useTestTime(edge)
      block(edge.deps)
      const compressed = edge.deps.codecs.compressZstd(large)
      const options = { url: `http://localhost${path}`, headers: { 'content-encoding': 'zstd' } }
      const begun = begin(edge, submitRequest(compressed, options))
      await time.advance(299_000)
      if (path === '/submit') expect(begun.answer).toBe(null)
      await time.advance(2000)
      if (path === '/submit') expect(begun.answer).toMatchObject(late)
      else expect(begun.answer!.status).toBe(200)
      expectNothingLeft(edge, time)
    }
  })
})

describe('many very slow clients', () => {
  /** Connections that have sent a part header and the start of a minidump, and then send single bytes. */
  async function trickle(edge: TestEdge, time: ReturnType<typeof useTestTime>, count: number) {
    const slow = Array.from({ length: count }, () => openRequest())
    const begun = slow.map(({ request }) => begin(edge, request))
    for (const { send } of slow) send(body.subarray(0, 150))
    for (let i = 0; i < 2; i++) {
      await time.advance(5000)
      for (const { send } of slow) send(body.subarray(150 + i, 151 + i))
    }
    return { slow, begun }
  }
  const answers = (begun: readonly { answer: Asked | null }[]) =>
    begun.map(({ answer }) => answer && [answer.status, answer.headers.get('retry-after')])

  test('do not block others, and are kept while there is memory', async () => {
    const edge = createTestEdge()
    const time = useTestTime(edge)
    const { begun } = await trickle(edge, time, 260)
    expect((await edge.ask(submitRequest(body))).status).toBe(200)
    expect(answers(begun).filter(Boolean)).toEqual([])
    expect(edge.deps.budget.heldBytes).toBeLessThan(16 * 1024 * 1024)
    await time.advance(400_000)
    expect(new Set(answers(begun).map(String))).toEqual(new Set(['408,5']))
    expectNothingLeft(edge, time)
  })

  test('are dropped for others, the slowest first, when the memory is used up', async () => {
    const edge = createTestEdge({ BUDGET_MB: '1' })
    const time = useTestTime(edge)
    const { slow, begun } = await trickle(edge, time, 32)
    for (const { send } of slow.slice(1)) send(body.subarray(152, 300))
    await time.advance(2000)
    expect((await edge.ask(submitRequest(body))).status).toBe(200)
    await time.advance(10)
    expect(answers(begun)).toEqual([[503, '5'], ...Array(31).fill(null)])
    expect(metric(edge.deps, 'evicted_total')).toEqual(['1'])
    const large = submitRequest(multipart([T('a', 'x'.repeat(700_000))]), { chunkSize: 30_000 })
    expect((await edge.ask(large)).status).toBe(200)
    expect(answers(begun).filter(Boolean).length).toBeGreaterThan(1)
    await time.advance(400_000)
    expectNothingLeft(edge, time)
  })

  test('are dropped while the rest of a refused body is read', async () => {
    const edge = createTestEdge({ BUDGET_MB: '1' })
    const time = useTestTime(edge)
    const draining = Array.from({ length: 32 }, () =>
      openRequest('/submit', { 'content-type': 'text/plain' }),
    )
    const begun = draining.map(({ request }) => begin(edge, request))
    await time.advance(5000)
    expect([edge.deps.budget.heldBytes, edge.deps.budget.openCount]).toEqual([0, 32])
    expect((await edge.ask(submitRequest(body))).status).toBe(200)
    await time.advance(10)
    expect(begun.filter(({ answer }) => answer).length).toBe(1)
    await time.advance(400_000)
    expectNothingLeft(edge, time)
  })

  test('cause a new client to be refused while none of them is slow yet', async () => {
    const edge = createTestEdge({ BUDGET_MB: '1' })
    const time = useTestTime(edge)
    const begun = Array.from({ length: 32 }, () => begin(edge, openRequest().request))
    await time.advance(100)
    const { status, headers } = await edge.ask(submitRequest(body))
    expect([status, headers.get('retry-after')]).toEqual([503, '5'])
    expect(metric(edge.deps, 'overloaded_total')).toEqual(['1'])
    expect(begun.every(({ answer }) => answer === null)).toBe(true)
  })
})
