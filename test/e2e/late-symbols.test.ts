// Real crashes of five products, submitted and processed; when symbols of one program arrive late, only its crashes change.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { corpusDir, corpusNames, hasCorpus } from '../support/dump-data.ts'
import { callMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge } from '../support/running-edge.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

/** Families of dumps, by product name. */
const products: Readonly<Record<string, string>> = {
  'cpp-basics': 'Basalt',
  'cpp-templates': 'Tern',
  'cpp-deep': 'Deepwater',
  'cpp-inlines': 'Inlet',
  'rust-panics': 'Rust',
}
const late = 'Tern'
/** Programs of the product whose symbols arrive late. */
const isLate = (module: string) => module.startsWith('templates_')

const dumpsOf = (product: string) =>
  corpusNames().filter((name) => {
    const { family } = JSON.parse(readFileSync(join(corpusDir, 'dumps', `${name}.json`), 'utf8'))
    return products[family as string] === product
  })

describe.skipIf(!hasCorpus)('symbols that arrive late', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-late-'))
  const symbols = join(dir, 'symbols')
  let edge: RunningEdge
  let before: Map<string, Row>

  const mayday = async (...args: string[]) => {
    const { code, stdout, stderr } = await callMayday(args, {
      MAYDAY_STORE: edge.store,
      MAYDAY_CACHE: join(dir, 'cache'),
    })
    expect(`${code} ${stderr}`, args.join(' ')).toBe('0 ')
    return stdout
  }
  type Row = Record<string, unknown> & { crash_id: string; product: string; signature: string }
  const readRows = async () => {
    const columns = 'SELECT * FROM crashes ORDER BY crash_id'
    const lines = (await mayday('sql', columns, '--format', 'jsonl')).trim().split('\n')
    return new Map(lines.map((line) => JSON.parse(line) as Row).map((row) => [row.crash_id, row]))
  }
  const link = (modules: string[]) => {
    for (const module of modules) symlinkSync(join(corpusDir, 'symbols', module), join(symbols, module))
  }

  beforeAll(async () => {
    mkdirSync(symbols)
    link(readdirSync(join(corpusDir, 'symbols')).filter((module) => !isLate(module)))
    edge = await startDenoEdge(join(dir, 'data'))
    for (const product of Object.values(products)) {
      const dumps = dumpsOf(product).map((name) => join(corpusDir, 'dumps', `${name}.dmp.gz`))
      const annotations = ['-a', `ProductName=${product}`, '-a', 'Version=1.0']
      await mayday('submit', ...dumps, ...annotations, '--url', `${edge.url}/submit`)
    }
    await mayday('process', '--symbols', symbols)
    before = await readRows()
  })
  afterAll(async () => {
    await edge?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test('every dump is a crash of its product', () => {
    const count = (product: string) => [...before.values()].filter((row) => row.product === product).length
    for (const product of Object.values(products)) expect(count(product)).toBe(dumpsOf(product).length)
    expect(before.size).toBeGreaterThan(60)
  })

  test('nothing is reprocessed while they are missing', async () => {
    const args = ['reprocess', '--missing-symbols', '--symbols', symbols, '--json']
    expect(JSON.parse(await mayday(...args))).toMatchObject({ modules_found: 0, processed: 0 })
  })

  test('exactly the crashes of that program change, once; counts do not', async () => {
    link(readdirSync(join(corpusDir, 'symbols')).filter(isLate))
    const args = ['reprocess', '--missing-symbols', '--symbols', symbols, '--json']
    const expected = [...before.values()].filter((row) => row.product === late).map((row) => row.crash_id)
    expect(JSON.parse(await mayday(...args))).toMatchObject({ processed: expected.length })
    const after = await readRows()
    expect(after.size).toBe(before.size)
    const changed = [...after.values()].filter(
      (row) => JSON.stringify(row) !== JSON.stringify(before.get(row.crash_id)),
    )
    expect(changed.map((row) => row.crash_id)).toEqual(expected)
    const better = changed.filter((row) => row.signature !== before.get(row.crash_id)!.signature)
    expect(better.length).toBeGreaterThan(expected.length / 2)
    expect(JSON.parse(await mayday(...args))).toMatchObject({ processed: 0 })
    expect(JSON.parse(await mayday('verify', '--json'))).toMatchObject({ findings: [] })
  })
})
