// The environment of a submission: policy from the bucket, memory, rates, refusal counts, the dry run, metrics.
import { describe, expect, test, vi } from 'vitest'
import { createBudget, Overloaded } from '../../edge/lib/memory-budget.ts'
import { createPolicySource } from '../../edge/submit/policy.ts'
import { createRateLimiter } from '../../edge/runtime/rate-limit.ts'
import { createRefusalCounter } from '../../edge/submit/refusal-counter.ts'
import { policyKey, refusalsPrefix } from '../../shared/keys.ts'
import { encodeLines } from '../../shared/json/json-lines.ts'
import { decodeRefusalCounts, countOf, type RefusalCount } from '../../shared/refusal-counts.ts'
import { createMemoryStorage } from '../../shared/storage/memory.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { bytesOf, F, fakeDump, J, multipart, submitRequest, T } from '../support/crash-request.ts'
import { createTestEdge } from './edge.support.ts'

const main = F('upload_file_minidump')

describe('the policy in the bucket', () => {
  const document = (name: string, verdict = 'reject') =>
    bytesOf(JSON.stringify({ name, version: 1, rules: [{ name: 'all', when: { kind: 'always' }, verdict }] }))

  function setUp(storage: Storage = createMemoryStorage()) {
    const logs: string[] = []
    const state = { now: 0 }
    const source = createPolicySource('accept-all', {
      storage,
      log: (severity, event) => void logs.push(`${severity} ${event}`),
      clock: () => state.now,
    })
    const nameAfter = async (ms: number) => {
      state.now += ms
      return (await source.current()).name
    }
    return { storage, logs, nameAfter }
  }

  test('replaces the policy of the settings within a minute, until it is deleted', async () => {
    const { storage, logs, nameAfter } = setUp()
    expect(await nameAfter(0)).toBe('accept-all')
    expect(await nameAfter(60_000)).toBe('accept-all')
    expect(logs).toEqual(['info policy'])
    await storage.put(policyKey, document('first'))
    expect(await nameAfter(59_999)).toBe('accept-all')
    expect(await nameAfter(1)).toBe('first')
    await storage.put(policyKey, document('second'))
    expect(await nameAfter(60_000)).toBe('second')
    expect(await nameAfter(60_000)).toBe('second')
    await storage.delete(policyKey)
    expect(await nameAfter(60_000)).toBe('accept-all')
  })

  test.each(['{', '[]', '{"version":1,"name":"x","rules":[{}]}', '\xff'])(
    'stays in force when the new one is %s',
    async (broken) => {
      const { storage, logs, nameAfter } = setUp()
      await storage.put(policyKey, document('good'))
      expect(await nameAfter(0)).toBe('good')
      await storage.put(policyKey, bytesOf(broken))
      expect(await nameAfter(60_000)).toBe('good')
      expect(logs).toEqual(['info policy', 'error policy_not_read'])
    },
  )

  test('stays in force when the new one is too large, which is not read', async () => {
    const { storage, logs, nameAfter } = setUp()
    await storage.put(policyKey, document('good'))
    expect(await nameAfter(0)).toBe('good')
    const cancel = vi.fn()
    const body = new ReadableStream({ cancel })
    await storage.put(policyKey, new Uint8Array(1024 * 1024 + 1))
    const large = (await storage.get(policyKey))!
    storage.get = async () => ({ ...large, body })
    expect(await nameAfter(60_000)).toBe('good')
    expect(logs).toEqual(['info policy', 'error policy_not_read'])
    expect(cancel).toHaveBeenCalled()
  })

  test.each([
    [1024 * 1024, 'large'],
    [1024 * 1024 + 1, 'accept-all'],
  ])('of %i bytes: %s is in force', async (size, name) => {
    const { storage, nameAfter } = setUp()
    await storage.put(policyKey, bytesOf(new TextDecoder().decode(document('large')).padEnd(size)))
    expect(await nameAfter(0)).toBe(name)
  })

  test('that cannot be read leaves the policy of the settings in force, and is requested once a minute', async () => {
    let asked = 0
    const storage = {
      ...createMemoryStorage(),
      get: async () => Promise.reject(new Error(`down ${asked++}`)),
    }
    const { nameAfter } = setUp(storage)
    for (const ms of [0, 1000, 59_000]) expect(await nameAfter(ms)).toBe('accept-all')
    expect(asked).toBe(2)
  })

  test('decides on submissions', async () => {
    const edge = createTestEdge()
    await edge.crashes.put(policyKey, document('closed'))
    const { text } = await edge.ask(submitRequest(multipart([T('ProductName', 'App'), main])))
    expect(text).toBe('Discarded=rule_all')
  })
})

describe('the memory of reports in flight', () => {
  test('is shared, released, and always granted to a single report', () => {
    const budget = createBudget(100)
    const first = budget.open()
    first.hold(1000)
    first.hold(60)
    const second = budget.open()
    second.hold(40)
    expect(() => second.hold(41)).toThrow(Overloaded)
    second.release()
    expect(budget.heldBytes).toBe(60)
    first.release()
    first.release()
    expect(budget.heldBytes).toBe(0)
  })

  test('rejects reports beyond it with 503 and Retry-After, and stores the others', async () => {
    const edge = createTestEdge({ BUDGET_MB: '2' })
    const noise = new Uint8Array(900_000)
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => {
        crypto.getRandomValues(noise.subarray(0, 65_536))
        for (let at = 65_536; at < noise.length; at += 65_536)
          noise.copyWithin(at, 0, Math.min(65_536, noise.length - at))
        const dump = noise.map((byte, at) => byte ^ ((at * (i + 7)) >> 9))
        return edge.ask(submitRequest(multipart([T('a', `${i}`), F('f', dump)]), { chunkSize: 50_000 }))
      }),
    )
    const statuses = answers.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
    expect(answers.find(({ status }) => status === 503)!.headers.get('retry-after')).toBe('5')
    expect((await edge.stored()).size).toBe(statuses.filter((status) => status === 200).length)
    expect(edge.deps.budget.heldBytes).toBe(0)
    expect((await edge.ask(submitRequest(multipart([T('a', 'after'), main])))).status).toBe(200)
  })
})

describe('rates', () => {
  test('are limited per client, and recover over time', () => {
    let now = 0
    const limiter = createRateLimiter(3, () => now)
    const take = (client: string, times: number) => Array.from({ length: times }, () => limiter.take(client))
    expect(take('a', 4)).toEqual([true, true, true, false])
    expect(take('b', 1)).toEqual([true])
    now += 20_000
    expect(take('a', 2)).toEqual([true, false])
    now += 600_000
    expect(take('a', 4)).toEqual([true, true, true, false])
  })

  test('of a client over its rate give 429', async () => {
    const edge = createTestEdge()
    edge.deps.maySubmit = async () => false
    for (const url of ['http://localhost/submit', 'http://localhost/submit/check']) {
      const { status, headers } = await edge.ask(submitRequest(multipart([T('a', '1')]), { url }))
      expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    }
  })
})

describe('reads', () => {
  test.each(['/api/report/x', '/aggregates/v4/home.json'])(
    'of %s by a client over its rate give 429',
    async (path) => {
      const edge = createTestEdge()
      edge.deps.mayRead = async () => false
      const { status, headers } = await edge.ask(new Request(`https://crash.example${path}`))
      expect([status, headers.get('retry-after')]).toEqual([429, '60'])
      expect(edge.deps.metrics.toPrometheus()).toContain('mayday_edge_reads_limited_total 1\n')
      expect((await edge.ask(new Request('https://crash.example/__lbheartbeat__'))).status).toBe(200)
    },
  )
})

describe('refused reports', () => {
  const kind = {
    product: 'App',
    version: '1',
    channel: 'beta',
    platform: 'Linux',
    processType: 'gpu',
    rule: 'r',
  }

  async function readAll(storage: Storage): Promise<RefusalCount[][]> {
    const batches: RefusalCount[][] = []
    for await (const { key } of storage.list(refusalsPrefix())) {
      batches.push(decodeRefusalCounts(await (await storage.get(key))!.bytes()))
    }
    return batches
  }

  test('are counted by hour and kind, in one object for many', async () => {
    const storage = createMemoryStorage()
    let scheduled = 0
    const counter = createRefusalCounter({
      storage,
      log: () => {},
      schedule: () => scheduled++,
      uniqueName: () => `${scheduled}`,
    })
    for (const time of [
      '2026-11-23T14:00:00Z',
      '2026-11-23T14:59:59Z',
      '2026-11-23T15:00:00Z',
      '2026-11-24T00:00:00Z',
    ]) {
      counter.count(kind, new Date(time))
    }
    expect(scheduled).toBe(1)
    await counter.flush()
    await counter.flush()
    const row = (hour: string, count: number) => ({ ...countOf(kind, new Date(`${hour}:00:00Z`), count) })
    expect(await readAll(storage)).toEqual([
      [row('2026-11-23T14', 2), row('2026-11-23T15', 1)],
      [row('2026-11-24T00', 1)],
    ])
    counter.count(kind, new Date('2026-11-24T00:00:00Z'))
    expect(scheduled).toBe(2)
  })

  test('are not lost when they cannot be written', async () => {
    const storage = createMemoryStorage()
    let fail = true
    let scheduled = 0
    const flaky: Storage = {
      ...storage,
      put: (...args) => (fail ? Promise.reject(new Error('down')) : storage.put(...args)),
    }
    const counter = createRefusalCounter({
      storage: flaky,
      log: () => {},
      schedule: () => scheduled++,
      uniqueName: () => 'x',
    })
    counter.count(kind, new Date(0))
    await counter.flush()
    counter.count(kind, new Date(0))
    expect(scheduled).toBe(2)
    fail = false
    await counter.flush()
    expect((await readAll(storage)).flat().map(({ count }) => count)).toEqual([2])
  })

  test.each([
    [2000, ['p1999']],
    [2001, ['p1999', 'other']],
  ])('of %i products name these last: %o', async (products, last) => {
    const storage = createMemoryStorage()
    const tools = { storage, log: () => {}, schedule: () => {}, uniqueName: () => 'x' }
    const counter = createRefusalCounter(tools)
    for (let i = 0; i < products; i++) counter.count({ ...kind, product: `p${i}` }, new Date(0))
    await counter.flush()
    const names = (await readAll(storage)).flat().map(({ product }) => product)
    expect(names.slice(1999)).toEqual(last)
  })

  test('with random names fill neither memory nor table', async () => {
    const storage = createMemoryStorage()
    const counter = createRefusalCounter({
      storage,
      log: () => {},
      schedule: () => {},
      uniqueName: () => 'x',
    })
    for (let i = 0; i < 5000; i++)
      counter.count({ ...kind, product: `${i}`.padStart(1000, 'x') }, new Date(0))
    counter.count({ ...kind, version: 'v'.repeat(10_000) }, new Date(0))
    for (let i = 0; i < 5000; i++) counter.count({ ...kind, product: `p${i}` }, new Date(0))
    await counter.flush()
    const rows = (await readAll(storage)).flat()
    expect(rows.length).toBeLessThanOrEqual(2001)
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(10_001)
    expect(JSON.stringify(rows[0]).length).toBeLessThan(700)
  })

  test('of every kind result from submissions, but not from accepted ones', async () => {
    const edge = createTestEdge({ MAYDAY_POLICY: 'mozilla' })
    const submit = (parts: Parameters<typeof multipart>[0]) => edge.ask(submitRequest(multipart(parts)))
    await submit([T('prod', 'Unknown'), T('ver', '2'), T('ptype', 'renderer'), T('platform', 'win32'), main])
    await submit([T('ProductName', 'b2g'), T('ReleaseChannel', 'beta'), T('Android_Board', 'x'), main])
    await submit([main])
    await submit([T('ProductName', 'Thunderbird'), main])
    await edge.deps.refusals.flush()
    const kinds = (await readAll(edge.crashes)).flat().map((row) => Object.values(row).slice(1))
    expect(kinds).toEqual([
      ['Unknown', '2', '', 'Windows NT', 'renderer', 'unsupported_product', 1],
      ['b2g', '', 'beta', 'Android', 'parent', 'b2g', 1],
      ['', '', '', '', 'parent', 'malformed_no_annotations', 1],
    ])
  })

  test('are read only when they are complete', () => {
    const rows = [countOf(kind, new Date(0), 3)]
    expect(decodeRefusalCounts(encodeLines(rows))).toEqual(rows)
    for (const bad of ['{', 'null', '{"hour":1}', JSON.stringify({ ...rows[0], count: 0 })]) {
      expect(() => decodeRefusalCounts(bytesOf(bad))).toThrow(expect.objectContaining({ code: 'bad-json' }))
    }
  })
})

describe('POST /submit/check', () => {
  const url = 'http://localhost/submit/check'

  test('returns parts, names, notes, rules and the raw crash, and stores nothing', async () => {
    const edge = createTestEdge({ MAYDAY_POLICY: 'mozilla' })
    const parts = [
      T('prod', 'Thunderbird'),
      T('Email', 'x@y'),
      J({ Comments: 'c', prod: 'Thunderbird' }),
      F('upload-file-minidump', fakeDump(1000)),
    ]
    const { status, text } = await edge.ask(submitRequest(multipart(parts), { url }))
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({
      would: { status: 200, verdict: 'accept', rule: 'has_comments', stored: true },
      policy: 'mozilla',
      annotations: { ProductName: 'Thunderbird', Comments: 'c' },
      notes: ['includes annotations in both json-encoded extra and formdata parts'],
      parts: [
        { name: 'prod', kind: 'text', keptAs: 'prod', size: 11 },
        { name: 'Email', kind: 'text' },
        { name: 'extra', kind: 'json', contentType: 'application/json' },
        {
          name: 'upload-file-minidump',
          filename: 'fakecrash.dump',
          kind: 'file',
          keptAs: 'uploadfileminidump',
          size: 1000,
        },
      ],
      files: [
        {
          name: 'uploadfileminidump',
          original_name: 'upload-file-minidump',
          filename: 'fakecrash.dump',
          content_type: 'application/octet-stream',
          size: 1000,
        },
      ],
      throttle: { trace: [{ rule: 'has_comments', step: 'accept' }] },
    })
    expect((await edge.stored()).size).toBe(0)
    const submitted = await edge.ask(submitRequest(multipart(parts)))
    expect(submitted.text).toBe(`CrashID=bp-${JSON.parse(text).crash_id}\n`)
  })

  test.each([
    [500, 500],
    [501, 500],
  ])('of %i parts returns %i', async (sent, returned) => {
    const parts = [main, ...Array.from({ length: sent - 1 }, (_, place) => T(`n${place}`, 'v'))]
    const { text } = await createTestEdge().ask(submitRequest(multipart(parts), { url }))
    expect(JSON.parse(text).parts).toHaveLength(returned)
  })

  test('returns why a submission would be refused, and the parts before the fault', async () => {
    const edge = createTestEdge()
    const truncated = multipart([T('a', '1'), F('raw_crash')]).subarray(0, -20)
    const { status, text } = await edge.ask(submitRequest(truncated, { url }))
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        would: {
          status: 400,
          reason: 'invalid_payload_structure',
          because: 'not multipart, truncated, or in a transfer encoding that is not allowed',
        },
        parts: [{ name: 'a', filename: null, contentType: '', kind: 'text', keptAs: 'a', size: 1 }],
      },
    ])
    expect(edge.deps.budget.heldBytes).toBe(0)
  })
})

describe('GET /__metrics__', () => {
  test('returns the counters to operators', async () => {
    const edge = createTestEdge({ OPERATOR_TOKEN: 'operator-token-0123456789' })
    await edge.ask(submitRequest(multipart([T('a', '1'), main])))
    await edge.ask(submitRequest(bytesOf('junk')))
    const get = (headers: Record<string, string>) =>
      edge.ask(new Request('http://localhost/__metrics__', { headers }))
    expect((await get({})).status).toBe(404)
    const { text, headers } = await get({ authorization: 'Bearer operator-token-0123456789' })
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4')
    expect(text).toContain('mayday_edge_submissions_total 2\n')
    expect(text).toContain('mayday_edge_malformed_total{reason="invalid_payload_structure"} 1\n')
    expect(text).toContain('mayday_edge_stored_total 1\n')
  })
})

describe('Electron', () => {
  test('may submit long values in pieces, which are joined', async () => {
    const edge = createTestEdge()
    const parts = [
      T('a__1', 'x'),
      T('a__2', 'y'),
      T('a__4', 'after a gap'),
      T('b__2', 'no first'),
      T('c', 'c'),
      T('c__1', 'd'),
      main,
    ]
    await edge.ask(submitRequest(multipart(parts)))
    const [report] = [...(await edge.stored()).values()]
    const {
      metadata: _,
      uuid: __,
      version: ___,
      submitted_timestamp: ____,
      ...annotations
    } = report!.rawCrash
    expect(annotations).toEqual({ a: 'xy', a__4: 'after a gap', b__2: 'no first', c: 'c', c__1: 'd' })
  })
})
