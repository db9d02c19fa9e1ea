// How often the edge looks into its store, for how long it believes what it read, and how much it keeps.
import { describe, expect, test } from 'vitest'
import { createTokenSource } from '../../edge/access/token-source.ts'
import { readConfig } from '../../edge/config.ts'
import { createHealth } from '../../edge/reads/health.ts'
import { createPolicySource } from '../../edge/submit/policy.ts'
import { createRefusalCounter } from '../../edge/submit/refusal-counter.ts'
import { createReadBudget } from '../../edge/symbols/symbolicate/read-budget.ts'
import { createSlots } from '../../edge/symbols/symbolicate/slots.ts'
import { encodeTokens, hashToken } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { heartbeatKey, policyKey, refusalsPrefix, tokensKey } from '../../shared/keys.ts'
import { createMemoryStorage } from '../../shared/storage/memory.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { bytesOf } from '../support/crash-request.ts'
import { createTestEdge } from './edge.support.ts'

/** A storage that counts reads and writes, and fails on demand. */
function countingStorage() {
  const inner = createMemoryStorage()
  const seen = { gets: 0, puts: 0, fails: false }
  const get: Storage['get'] = (...args) => {
    seen.gets++
    return seen.fails ? Promise.reject(new Error('down')) : inner.get(...args)
  }
  const put: Storage['put'] = (...args) => {
    seen.puts++
    return inner.put(...args)
  }
  return { storage: { ...inner, get, put }, seen }
}

describe('tokens', () => {
  const token = '0123456789abcdef0123456789abcdef'
  const stored = {
    ...{ sha256: hashToken(token, nodeCodecs), label: 'ann', permissions: ['view_pii' as const] },
    created_at: '2026-01-01T00:00:00Z',
  }
  async function source(env: Record<string, string> = {}) {
    const { storage, seen } = countingStorage()
    await storage.put(tokensKey, encodeTokens([stored]))
    const logged: unknown[][] = []
    let now = 0
    const tools = {
      codecs: nodeCodecs,
      clock: () => now,
      log: (...entry: unknown[]) => void logged.push(entry),
    }
    const tokens = createTokenSource({ ...tools, storage, config: readConfig(env) })
    const at = new Date('2026-10-21')
    const find = (ms: number, text = token) => {
      now = ms
      return tokens.find(text, at)
    }
    return { find, findById: (id: string) => tokens.findById(id, at), seen, logged }
  }

  test('are read again after 15 s, and believed for 30 s', async () => {
    const { find, seen, logged } = await source()
    expect(await find(0)).toMatchObject({ is: 'holder', holder: { label: 'ann', products: null } })
    await find(14_999)
    expect(seen.gets).toBe(1)
    await find(15_000)
    expect(seen.gets).toBe(2)
    seen.fails = true
    expect(await find(44_999)).toMatchObject({ is: 'holder' })
    expect(logged).toEqual([['error', 'tokens_not_read', { error: expect.stringContaining('down') }]])
    await expect(find(45_000)).rejects.toThrow()
    seen.fails = false
    expect(await find(45_001)).toMatchObject({ is: 'holder' })
  })

  test('of the settings need no store, and add up their permissions', async () => {
    const { find, findById, seen } = await source({
      READ_TOKEN: 'x'.repeat(16),
      OPERATOR_TOKEN: 'x'.repeat(16),
    })
    const found = await find(0, 'x'.repeat(16))
    expect(found).toMatchObject({
      is: 'holder',
      holder: { label: 'READ_TOKEN+OPERATOR_TOKEN', products: null },
    })
    const { holder } = found as Extract<typeof found, { is: 'holder' }>
    expect([...holder.permissions].sort()).toEqual(['operate', 'view_pii', 'view_rawdump'])
    expect(await findById(holder.tokenId)).toEqual(found)
    expect(seen.gets).toBe(0)
    expect(await findById(stored.sha256.slice(0, 12))).toMatchObject({
      is: 'holder',
      holder: { label: 'ann' },
    })
    expect(await findById('0'.repeat(12))).toEqual({ is: 'unmatched' })
    expect(seen.gets).toBe(1)
  })

  test('of more than 1,000 characters are not hashed', async () => {
    const [longest, longer] = ['y'.repeat(1000), 'y'.repeat(1001)]
    const { find } = await source({ SUBMIT_TOKEN: longest, OPERATOR_TOKEN: longer })
    expect(await find(0, longest)).toMatchObject({ is: 'holder' })
    expect(await find(0, longer)).toEqual({ is: 'unmatched' })
  })
})

describe('the policy', () => {
  const rules = [{ name: 'all', when: { kind: 'always' }, verdict: 'reject' }]
  /** As long as a policy may be. */
  const document = JSON.stringify({ name: 'mine', version: 1, rules }).padEnd(1024 * 1024)

  test('is looked at once a minute, and read when it changed', async () => {
    const { storage, seen } = countingStorage()
    const logged: unknown[][] = []
    let now = 0
    const source = createPolicySource('mozilla', {
      ...{ storage, clock: () => now, log: (...entry: unknown[]) => void logged.push(entry) },
    })
    expect((await source.current()).name).toBe('mozilla')
    expect(logged).toEqual([['info', 'policy', { name: 'mozilla', from: 'settings' }]])
    now = 59_999
    await source.current()
    expect(seen.gets).toBe(1)
    now = 60_000
    await storage.put(policyKey, bytesOf(document))
    expect([(await source.current()).name, seen.gets]).toEqual(['mine', 2])
    expect(logged.at(-1)).toEqual(['info', 'policy', { name: 'mine', from: policyKey }])
    now = 120_000
    await storage.put(policyKey, bytesOf(`${document} `))
    expect((await source.current()).name).toBe('mine')
    expect(logged.at(-1)).toEqual([
      ...['error', 'policy_not_read'],
      { in_force: 'mine', error: expect.stringContaining(`${policyKey} is too large`) },
    ])
  })
})

describe('the heartbeat', () => {
  test('probes the store once in ten seconds', async () => {
    const edge = createTestEdge()
    const { storage, seen } = countingStorage()
    let now = 1
    const deps = { ...edge.deps, clock: () => now, stores: { ...edge.deps.stores, crashes: storage } }
    const health = createHealth()
    const ask = async () => {
      const response = await health.heartbeat(deps)
      return [response.status, (await response.json()) as object]
    }
    health.reportStored(new Date('2011-09-05T23:59:50Z'))
    health.reportStored(new Date('2011-09-05T23:59:40Z'))
    expect(await ask()).toEqual([
      200,
      { errors: [], store_ms: 0, newest_report_at: '2011-09-05T23:59:50.000Z', newest_report_age_s: 10 },
    ])
    now = 10_000
    await ask()
    expect(seen).toMatchObject({ gets: 1, puts: 1 })
    now = 10_001
    // Another isolate has stored a later report.
    await storage.put(heartbeatKey, bytesOf('{"newest_report_at":"2011-09-05T23:59:55.000Z"}'))
    expect((await ask())[1]).toMatchObject({ newest_report_at: '2011-09-05T23:59:55.000Z' })
    expect(seen).toMatchObject({ gets: 2, puts: 3 })
    seen.fails = true
    now = 20_001
    expect(await ask()).toMatchObject([
      503,
      { errors: [{ name: 'store', msg: 'The store could not be read and written' }] },
    ])
    expect(edge.logs.at(-1)).toMatchObject({ event: 'heartbeat', error: expect.stringContaining('down') })
    const moreProblems = async () => [{ name: 'rounds', msg: 'late' }]
    seen.fails = false
    now = 40_000
    const more = await health.heartbeat({ ...deps, moreProblems })
    expect([more.status, await more.json()]).toMatchObject([
      503,
      { errors: [{ name: 'rounds', msg: 'late' }] },
    ])
  })
})

test('refusals of more than 2,000 kinds are counted as other, and all are written', async () => {
  const storage = createMemoryStorage()
  const tools = { storage, log: () => {}, schedule: () => {}, uniqueName: () => 'a' }
  const counter = createRefusalCounter(tools)
  const at = new Date('2026-10-21T12:34:56Z')
  const kind = (product: string) => ({
    ...{ rule: 'r', product, version: '1', channel: 'c', platform: 'p', processType: 't' },
  })
  for (let i = 0; i < 2002; i++) counter.count(kind(`p${i}`), at)
  counter.count(kind('p0'), at)
  await counter.flush()
  const keys: string[] = []
  for await (const { key } of storage.list(refusalsPrefix())) keys.push(key)
  expect(keys).toHaveLength(1)
  const lines = new TextDecoder()
    .decode(await (await storage.get(keys[0]!))!.bytes())
    .trim()
    .split('\n')
  const counts = lines.map((line) => JSON.parse(line) as { product: string; count: number; rule: string })
  expect(counts).toHaveLength(2001)
  expect(counts.at(-1)).toMatchObject({ product: 'other', rule: 'r', count: 3 })
})

describe('reads of one symbolication', () => {
  test('are limited in number, bytes and time', async () => {
    let now = 0
    const budget = createReadBudget(1000, () => now)
    const read = () =>
      budget.run(async () => {
        now += 10
        return 'x'
      })
    expect(await read()).toBe('x')
    expect([budget.reads, budget.seconds, budget.remaining()]).toEqual([1, 0.01, 990])
    budget.took(128 * 1024 * 1024 - 1)
    expect(await read()).toBe('x')
    budget.took(1)
    expect(budget.bytes).toBe(128 * 1024 * 1024)
    await expect(read()).rejects.toThrow(
      'please request fewer addresses: they need more than 134217728 bytes of symbols',
    )
    now = 5000
    expect(budget.remaining()).toBe(0)
  })

  test('are at most 5,000', async () => {
    const budget = createReadBudget(1000, () => 0)
    for (let i = 0; i < 5000; i++) await budget.run(async () => {})
    await expect(budget.run(async () => {})).rejects.toThrow(
      'please request fewer modules: they need more than 5000 reads',
    )
  })
})

describe('slots', () => {
  const make = () => {
    let now = 0
    const tools = {
      clock: () => now,
      sleep: async (ms: number) => {
        now += ms
      },
    }
    const slots = createSlots({ slots: 1, staleMs: 1000, tools })
    return { slots, set: (ms: number) => (now = ms), now: () => now }
  }

  test('are waited for until the time is over', async () => {
    const { slots, now } = make()
    const first = await slots.take(0)
    expect(first!.waited).toBe(false)
    expect(await slots.take(0)).toBeNull()
    expect(now()).toBe(0)
    expect(await slots.take(100)).toBeNull()
    expect(now()).toBe(100)
    first!.release()
    expect((await slots.take(0))!.waited).toBe(false)
  })

  test('of jobs that ended without notice are free after some time', async () => {
    const { slots, set, now } = make()
    await slots.take(0)
    set(1000)
    expect(await slots.take(0)).toBeNull()
    set(1001)
    expect((await slots.take(0))!.waited).toBe(false)
    set(2000)
    expect((await slots.take(100))!.waited).toBe(true)
    expect(now()).toBe(2050)
  })
})

test.each<[string, string, string]>([
  ['READ_TOKEN', 'x'.repeat(15), 'x'.repeat(16)],
  ['READ_TOKEN', Array(3).fill('x'.repeat(16)).join(' '), Array(2).fill('x'.repeat(16)).join('  ')],
  ['SYMBOL_SERVERS', Array(11).fill('https://h/').join(), Array(10).fill('https://h/').join()],
  ['SYMBOL_SERVERS', 'https://u:p@h/', 'https://h/@x'],
])('%s must not be %.60s', (name, bad, good) => {
  expect(() => readConfig({ [name]: bad })).toThrow(`${name} must be`)
  expect(() => readConfig({ [name]: good })).not.toThrow()
})
