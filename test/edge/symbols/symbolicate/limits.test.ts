import { describe, expect, test } from 'vitest'
import { createSlots } from '../../../../edge/symbols/symbolicate/slots.ts'
import { createReadBudget } from '../../../../edge/symbols/symbolicate/read-budget.ts'
import { CrashError } from '../../../../shared/errors.ts'
import type { Storage } from '../../../../shared/storage/storage.ts'
import type { AnswerV5 } from '../../../../shared/symbolicate/answer.ts'
import { storeVectorFiles } from '../../../contract/symbolication.ts'
import { testproj, vectorFiles } from '../../../contract/symbolication-files.ts'
import { createTestTime } from '../../../support/test-time.ts'
import { createTestEdge, type TestEdge, useTestTime } from '../../edge.support.ts'

const post = (frames: number, headers: Record<string, string> = {}) =>
  new Request('http://localhost/symbols/symbolicate/v5', {
    method: 'POST',
    headers,
    body: JSON.stringify({
      memoryMap: [['testproj', testproj]],
      stacks: [Array.from({ length: frames }, () => [0, 0x5380])],
    }),
  })

async function errorsOf(edge: TestEdge) {
  const { status, text } = await edge.ask(post(1))
  const [result] = (JSON.parse(text) as AnswerV5).results
  return { status, text, error: Object.values(result!.module_errors ?? {})[0]?.[0] }
}

function withStore(edge: TestEdge, changes: Partial<Storage>): TestEdge {
  edge.deps.stores.symbols = { ...edge.deps.stores.symbols, ...changes }
  return edge
}

describe('a store that fails', () => {
  test('is an error of the module; its message stays in the log', async () => {
    const fail = () => Promise.reject(new CrashError('storage', 'secret.example does not respond'))
    const edge = withStore(createTestEdge(), { get: fail, head: fail })
    const { status, text, error } = await errorsOf(edge)
    expect([status, error?.name]).toEqual([200, 'Failing'])
    expect(text).not.toContain('secret')
    expect(edge.logs).toContainEqual(
      expect.objectContaining({
        event: 'symbols_not_read',
        error: expect.stringContaining('secret.example'),
      }),
    )
  })

  test('that does not answer is abandoned after the time limit', async () => {
    const edge = createTestEdge({ SYMBOLICATE_TIMEOUT_MS: '100' })
    Object.assign(edge.deps, { clock: () => performance.now() })
    const { status, error } = await errorsOf(withStore(edge, { get: () => new Promise(() => {}) }))
    expect([status, error?.name]).toEqual([200, 'Timeout'])
  })

  test('that cannot be written to does not keep symbols from the answer', async () => {
    const edge = createTestEdge()
    await storeVectorFiles({ ask: edge.ask, symbols: edge.deps.stores.symbols })
    withStore(edge, { put: () => Promise.reject(new CrashError('storage', 'read only')) })
    const { error, text } = await errorsOf(edge)
    expect([error, text.includes('testproj::main')]).toEqual([undefined, true])
    expect(edge.logs.map(({ event }) => event)).toContain('index_not_stored')
  })
})

describe('answers', () => {
  test('that are long are sent in pieces, and their memory is reserved until the end', async () => {
    const edge = createTestEdge()
    await storeVectorFiles({ ask: edge.ask, symbols: edge.deps.stores.symbols })
    const response = await edge.fetch(post(20_000))
    expect(response.headers.get('content-length')).toBeNull()
    expect([edge.deps.budget.openCount, edge.deps.budget.heldBytes > 0]).toEqual([1, true])
    const { results } = (await response.json()) as AnswerV5
    expect(results[0]!.stacks[0]!.at(-1)).toMatchObject({ frame: 19_999, function: 'testproj::main' })
    expect(edge.deps.budget.openCount).toBe(0)
  })

  test('that the client abandons free their memory', async () => {
    const edge = createTestEdge()
    const response = await edge.fetch(post(20_000))
    await response.body!.cancel()
    expect(edge.deps.budget.openCount).toBe(0)
  })

  test('that the client takes too slowly are ended', async () => {
    const edge = createTestEdge()
    const time = useTestTime(edge)
    const response = await edge.fetch(post(20_000))
    const reader = response.body!.getReader()
    await reader.read()
    await time.advance(edge.deps.config.submitTimeoutMs)
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow('too slow')
    expect(edge.deps.budget.openCount).toBe(0)
  })

  test('when memory is short, or a client asks too often, are readable from any origin', async () => {
    const edge = createTestEdge({ BUDGET_MB: '1' })
    const other = edge.deps.budget.open()
    other.hold(1024 * 1024)
    const busy = await edge.ask(post(10, { origin: 'http://other' }))
    edge.deps.mayRead = async () => false
    const limited = await edge.ask(post(10, { origin: 'http://other' }))
    expect([busy.status, limited.status]).toEqual([503, 429])
    for (const { headers } of [busy, limited]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('retry-after')).not.toBeNull()
    }
  })
})

describe('sizes', () => {
  const size = vectorFiles[`testproj/${testproj}/testproj.sym`]!.length

  test.each([
    [size, undefined],
    [size - 1, 'Pending'],
  ])('of symbol files that are indexed at once are up to %i bytes', async (maxIndexBytes, error) => {
    const edge = createTestEdge()
    Object.assign(edge.deps, { maxIndexBytes })
    await storeVectorFiles({ ask: edge.ask, symbols: edge.deps.stores.symbols })
    expect((await errorsOf(edge)).error?.name).toBe(error)
    const marks = await Array.fromAsync(edge.deps.stores.symbols.list('wanted/'))
    expect(marks).toHaveLength(error ? 1 : 0)
  })

  test.each([
    [4 * 1024 * 1024, 200],
    [4 * 1024 * 1024 + 1, 413],
  ])('of requests: %i bytes give %i', async (length, status) => {
    const body = JSON.stringify({ memoryMap: [['testproj', testproj]], stacks: [[[0, 0x5380]]] })
    const request = new Request('http://localhost/symbols/symbolicate/v5', {
      ...{ method: 'POST', body: body.padEnd(length) },
    })
    expect((await createTestEdge().ask(request)).status).toBe(status)
  })
})

describe('the read budget', () => {
  test('allows 5,000 reads and 128 MiB', async () => {
    const reads = createReadBudget(1000, () => 0)
    for (let i = 0; i < 5000; i++) await reads.run(async () => {})
    await expect(reads.run(async () => {})).rejects.toThrow('they need more than 5000 reads')
    const bytes = createReadBudget(1000, () => 0)
    bytes.took(128 * 1024 * 1024)
    await expect(bytes.run(async () => {})).rejects.toThrow('they need more than 134217728 bytes of symbols')
  })
})

describe('slots', () => {
  const open = () => {
    const time = createTestTime()
    return { time, slots: createSlots({ slots: 1, staleMs: 60_000, tools: time }) }
  }

  test('are taken one after another', async () => {
    const { time, slots } = open()
    const first = await slots.take(0)
    expect(first?.waited).toBe(false)
    expect(await slots.take(0)).toBeNull()
    const second = slots.take(10_000)
    first!.release()
    await time.advance(100)
    expect((await second)?.waited).toBe(true)
  })

  test('of jobs that ended without notice are free again after a minute', async () => {
    const { time, slots } = open()
    await slots.take(0)
    await time.advance(60_001)
    expect(await slots.take(0)).not.toBeNull()
  })
})
