import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { listSamples } from '../batch/local/samples/samples.ts'
import { parsePolicy } from '../shared/throttle/policy.ts'
import { resolveProduct } from '../shared/throttle/product.ts'
import { throttle } from '../shared/throttle/throttle.ts'
import { makeFixtures } from './support/make-fixtures.ts'

const folder = resolve(import.meta.dirname, 'fixtures')
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  statSync(join(folder, file)).isFile(),
)
const read = (file: string) => readFileSync(join(folder, file))

describe('fixtures', () => {
  test('the generated ones equal the output of the script', () => {
    const differing = [...makeFixtures()].filter(([path, bytes]) => {
      const stored = read(path)
      return path.endsWith('.gz')
        ? !gunzipSync(stored).equals(gunzipSync(bytes))
        : !stored.equals(Buffer.from(bytes))
    })
    expect(differing.map(([path]) => path)).toEqual([])
  })

  test('stay small: under 3 MB in all, 200 kB each', () => {
    const sizes = files.map((file) => statSync(join(folder, file)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000)
    expect(Math.max(...sizes)).toBeLessThan(200_000)
  })

  test('every dump has an entry in the README', () => {
    const dumps = files.filter((file) => file.startsWith('dumps/') && file.endsWith('.dmp.gz'))
    expect(dumps.length).toBeGreaterThan(45)
    for (const dump of dumps) {
      const known = JSON.parse(read(dump.replace('.dmp.gz', '.json')).toString()) as { name: string }
      expect(`dumps/${known.name}.dmp.gz`).toBe(dump)
    }
  })
})

describe('sample reports', () => {
  const samples = listSamples()

  test('are the same in every run, and numerous enough', () => {
    expect(samples.length).toBeGreaterThan(100)
    expect(listSamples()).toEqual(samples)
  })

  test('differ, so that each gets its own crash ID', () => {
    const seen = samples.map(({ submission: { annotations, dump } }) =>
      JSON.stringify([annotations, dump?.length]),
    )
    expect(new Set(seen).size).toBe(samples.length)
  })

  test('use every client, every way of naming a product, and every synthetic dump', () => {
    const text = samples.map(({ title }) => title).join('\n')
    for (const file of files.filter((file) => file.startsWith('synthetic/'))) expect(text).toContain(file)
    const clients = new Set(samples.map(({ submission }) => submission.client))
    expect([...clients].sort()).toEqual(['android', 'breakpad', 'crashpad', 'electron', 'firefox'])
    for (const name of ['ProductName', 'prod', 'product', '_productName'])
      expect(samples.some(({ submission }) => name in submission.annotations)).toBe(true)
  })

  test('are sent once if the policy may refuse them or copies cannot be distinguished', () => {
    const policy = parsePolicy(
      JSON.parse(readFileSync(join(folder, '../../batch/local/samples/policy.json'), 'utf8')),
    )
    const now = new Date('2026-10-21T00:00:00Z')
    const worst = (annotations: Readonly<Record<string, unknown>>) =>
      throttle(policy, resolveProduct(annotations), { now, draw: () => 100 }).result
    for (const { title, submission, truncated, once } of samples) {
      const bound = truncated || !submission.dump?.length || worst(submission.annotations) === 'reject'
      expect([title, once ?? false]).toEqual([title, bound])
    }
    expect(samples.filter(({ once }) => once).length).toBeGreaterThan(10)
  })
})
