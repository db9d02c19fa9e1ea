// For any bytes in any pieces `receive` settles, with the content or a refusal, and frees its memory.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Deadline } from '../../../edge/lib/deadline.ts'
import { createBudget, type MemoryReservation } from '../../../edge/lib/memory-budget.ts'
import { createTurns, nextLoopTurn } from '../../../edge/lib/turns.ts'
import { ClientGone } from '../../../edge/submit/body.ts'
import { whileInFlight } from '../../../edge/submit/in-flight.ts'
import { receive, type ReceiveOptions } from '../../../edge/submit/receive.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { contentOf } from '../../../shared/report/body/encoded-dump.ts'
import { defaultLimits, Refusal } from '../../../shared/report/refusals.ts'
import { type Coding, codings } from '../../contract/compressed-vectors.ts'
import { boundary, concat, F, fakeDump, multipart, submitRequest, T } from '../../support/crash-request.ts'
import { createTestTime, type TestTime } from '../../support/test-time.ts'
import { createTestEdge } from '../edge.support.ts'

const main = 'upload_file_minidump'
const dump = fakeDump(1500)

/** Content of the minidump part: the minidump, plain or wrapped. */
const nestings: Record<string, (dump: Uint8Array) => Uint8Array> = {
  plain: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => nodeCodecs.compressZstd(bytes),
  multipart: (bytes) => multipart([F(main, bytes)], { boundary: 'inner' }),
  'gzip in multipart': (bytes) => multipart([F(main, gzipSync(bytes))], { boundary: 'inner' }),
  'multipart in zstd': (bytes) => nodeCodecs.compressZstd(multipart([F(main, bytes)], { boundary: 'inner' })),
}

interface Damage {
  /** Number of bytes cut from the end. */
  cut: number
  /** The bit to flip. */
  flip: number | undefined
  /** Bytes to append. */
  tail: Uint8Array
}

const identity: Pick<Coding, 'name' | 'header' | 'encode'> = {
  name: 'identity',
  header: 'identity',
  encode: (plain) => plain,
}

function damaged(bytes: Uint8Array, { cut, flip, tail }: Damage): Uint8Array {
  const all = concat(bytes.subarray(0, Math.max(0, bytes.length - cut)), tail)
  if (flip !== undefined && all.length > 0) all[flip % all.length]! ^= 1 << (flip & 7)
  return all
}

const tail = fc.oneof(
  fc.constant(new Uint8Array()),
  fc.nat(600).map((length) => new Uint8Array(length)),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(...codings).map(({ encode }) => encode(new Uint8Array(10))),
)
const damage = fc.oneof(
  fc.record({ cut: fc.constant(0), flip: fc.constant(undefined), tail }),
  fc.record({ cut: fc.nat(40), flip: fc.option(fc.nat(), { nil: undefined }), tail }),
)
/** How the body ends: normally, with an error, or never. */
const ending = fc.constantFrom<'close' | 'error' | 'never'>('close', 'close', 'close', 'error', 'never')

interface Sent {
  coding: (typeof codings)[number] | typeof identity
  nesting: string
  outer: Damage
  inner: Damage
  chunkSizes: number[]
  end: 'close' | 'error' | 'never'
}

const sent: fc.Arbitrary<Sent> = fc.record({
  coding: fc.constantFrom(identity, ...codings),
  nesting: fc.constantFrom(...Object.keys(nestings)),
  outer: damage,
  inner: damage,
  chunkSizes: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 3 }),
  end: ending,
})

function requestOf({ coding, nesting, outer, inner, chunkSizes, end }: Sent): Request {
  const part = damaged(nestings[nesting]!(dump), inner)
  const body = damaged(coding.encode(multipart([T('a', '1'), F(main, part)])), outer)
  let at = 0
  let count = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < body.length) {
        const size = chunkSizes[count++ % chunkSizes.length]!
        controller.enqueue(body.slice(at, at + size))
        at += size
        return
      }
      if (end === 'close') controller.close()
      if (end === 'error') controller.error(new Error('connection reset'))
      return end === 'never' ? new Promise(() => {}) : undefined
    },
  })
  return new Request('http://localhost/submit', {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-encoding': coding.header,
    },
    body: stream,
    duplex: 'half',
  } as RequestInit)
}

/** Inflating takes real time, so test time passes until the body has timed out. */
async function timeOut(work: Promise<unknown>, time: TestTime): Promise<void> {
  let settled = false
  const end = () => {
    settled = true
  }
  work.then(end, end)
  while (!settled) await time.advance(1000)
}

function optionsOf(share: MemoryReservation, { clock, startTimer }: TestTime): ReceiveOptions {
  const turn = createTurns({ startTimer, nextLoopTurn }).join()
  const deadline: Deadline = { passed: false, onPass: () => {}, over: (work) => work, end: () => {} }
  const config = { bodyTimeoutMs: 1000 }
  const pace = () => undefined
  return { codecs: nodeCodecs, limits: defaultLimits, config, clock, startTimer, share, turn, deadline, pace }
}

const isUntouched = ({ cut, flip, tail: after }: Damage) =>
  cut === 0 && flip === undefined && after.length === 0

test.each([
  [0, null],
  [-1, 'body_too_large'],
])('a body whose announced length differs by %i from the limit: %s', async (difference, reason) => {
  const body = multipart([T('a', '1'), F(main, dump)])
  const request = submitRequest(body)
  request.headers.set('content-length', `${body.length}`)
  const options = optionsOf(createBudget(64 * 1024 * 1024).open(), createTestTime())
  const limits = { ...defaultLimits, maxBodyBytes: body.length + difference }
  const received = receive(request, { ...options, limits })
  if (reason === null) expect((await received).wireBytes).toBe(body.length)
  else await expect(received).rejects.toMatchObject({ reason })
})

test('long work waits for its turn after each megabyte', async () => {
  const { deps } = createTestEdge()
  let turns = 0
  const turn = { next: async () => void turns++, rest() {} }
  Object.assign(deps, { turns: { join: () => turn } })
  const megabyte = 1024 * 1024
  await whileInFlight(deps, async ({ pace }) => {
    for (const bytes of [megabyte - 1, 1, megabyte - 1, megabyte]) await pace(bytes)
  })
  expect(turns).toBe(2)
})

test('settles, and frees everything, for every coding, nesting, damage and chunk size', async () => {
  await fc.assert(
    fc.asyncProperty(sent, async (how) => {
      const budget = createBudget(64 * 1024 * 1024)
      const share = budget.open()
      const time = createTestTime()
      const work = receive(requestOf(how), optionsOf(share, time))
      if (how.end === 'never') await timeOut(work, time)
      try {
        const { submission } = await work
        expect(how.end).toBe('close')
        if (isUntouched(how.outer) && isUntouched(how.inner)) {
          expect(Buffer.compare(concat(...contentOf(submission.dumps[0]!, nodeCodecs)), dump)).toBe(0)
        }
        expect(budget.heldBytes).toBeGreaterThan(0)
      } catch (error) {
        if (!(error instanceof Refusal) && !(error instanceof ClientGone)) throw error
        expect(isUntouched(how.outer) && how.end === 'close').toBe(false)
        expect(budget.heldBytes).toBe(error instanceof Refusal ? 0 : budget.heldBytes)
      }
      share.release()
      expect([budget.heldBytes, budget.openCount, time.timers]).toEqual([0, 0, 0])
    }),
    { seed: 20261201, numRuns: 600 },
  )
})

test('counts the full size of the buffers of a client that sends single bytes', async () => {
  const budget = createBudget(64 * 1024 * 1024)
  const share = budget.open()
  const time = createTestTime()
  const stream = new ReadableStream<Uint8Array>({
    type: 'bytes',
    start: (controller) => controller.enqueue(Uint8Array.of(0x2d)),
  })
  const { headers } = submitRequest(new Uint8Array(1))
  const init = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit
  const work = receive(new Request('http://localhost/submit', init), optionsOf(share, time))
  await time.advance(100)
  expect(budget.heldBytes).toBeGreaterThanOrEqual(16 * 1024)
  expect(budget.heldBytes).toBeLessThan(20 * 1024)
  void work.catch(() => {})
  await time.advance(2000)
  await expect(work).rejects.toMatchObject({ reason: 'body_timeout' })
})
