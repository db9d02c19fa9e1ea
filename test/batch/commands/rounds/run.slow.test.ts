// `mayday run` as an operator watches it: exit codes, metrics, health, product files.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roundSchema } from '../../../../shared/aggregates/documents.ts'
import { check } from '../../../../shared/json/schema.ts'
import { rawKey, roundKey } from '../../../../shared/keys.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { recordArrival } from '../../../../shared/symbols/arrivals.ts'
import { hasPromtool, promtool } from '../../../support/promtool.ts'
import { runMayday } from '../../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../../support/stored-reports.ts'
import { until } from '../../../support/until.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-run-'))
const env = {
  MAYDAY_STORE: `file:${join(dir, 'data')}`,
  MAYDAY_CACHE: join(dir, 'cache'),
  MAYDAY_WORKERS: '1',
}
const crashes = createFolderStorage(join(dir, 'data', 'crashes'))
const mayday = (...args: string[]) => runMayday(args, env)

async function runOnce(...args: string[]) {
  const { code, stdout } = await mayday('run', '--once', ...args)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, steps: lines.map((line) => JSON.parse(line)) }
}

let ids: string[]
beforeAll(async () => {
  const store = (n: number) =>
    storeReport(crashes, { annotations: { ProductName: 'Ledger', Version: '1.0', n: String(n) } })
  ids = [await store(1), await store(2)]
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A running `mayday run` that ends with the test. */
function start(...args: string[]) {
  const program = join(import.meta.dirname, '../../../../batch/mayday.ts')
  const child = spawn(process.execPath, [program, 'run', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const linesOf = (input: NodeJS.ReadableStream) => {
    const lines = createInterface({ input })[Symbol.asyncIterator]()
    return async () => String((await lines.next()).value)
  }
  return {
    out: linesOf(child.stdout),
    err: linesOf(child.stderr),
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}

describe('mayday run', () => {
  test('with --metrics serves what happened in each step, and whether the rounds are good', async () => {
    await using running = start('--every', '1h', '--metrics', '0')
    const [, url] = /^mayday: metrics at (.*)\/metrics$/.exec(await running.err())!
    for (let line = ''; !line.includes('"step":"expire"'); ) line = await running.out()
    let text = ''
    // The round ends after its last step.
    await until(async () => {
      text = await (await fetch(`${url}/metrics`)).text()
      return text.includes('mayday_run_rounds_total')
    })
    const sample = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      )
    expect(sample('mayday_run_processed_reports_total')).toBe(2)
    expect(sample('mayday_run_backlog_reports')).toBe(0)
    expect(sample('mayday_run_product_bytes_total{product="Ledger"}')).toBeGreaterThan(500)
    expect(sample('mayday_run_verify_findings')).toBe(0)
    expect(sample('mayday_run_step_ok{step="process"}')).toBe(1)
    expect(sample('mayday_run_store_requests_total{step="process",kind="list"}')).toBeGreaterThan(0)
    expect(sample('mayday_run_last_good_round_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 600)
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ healthy: true })])
    if (hasPromtool) expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, output: '' })
  })

  test('a step with findings is not ok, and --once exits with 1', async () => {
    await crashes.delete(rawKey(ids[0]!))
    const { code, steps } = await runOnce()
    expect(code).toBe(1)
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['process', true],
      ['reprocess', true],
      ['index-symbols', true],
      ['late-symbols', true],
      ['bugs', true],
      ['aggregate', true],
      ['alerts', true],
      ['search-files', true],
      ['verify', false],
      ['expire', true],
      ['publish', true],
    ])
    const lake = createFolderStorage(join(dir, 'data', 'lake'))
    const json = JSON.parse(new TextDecoder().decode(await (await lake.get(roundKey))!.bytes()))
    const round = check(roundSchema, json).data!
    expect(round).toMatchObject({ good: false, backlog: 0, oldest_waiting: null })
    expect(round.steps.filter(({ good }) => !good).map(({ name }) => name)).toEqual(['verify'])
    expect(round.steps.find(({ name }) => name === 'verify')!.requests).toBeGreaterThan(0)
    await mayday('expunge', ids[0]!)
    expect(await runOnce()).toMatchObject({ code: 0 })
  })

  test('an invalid product file fails the round before anything is processed or deleted', async () => {
    const folder = join(dir, 'products')
    mkdirSync(folder)
    writeFileSync(join(folder, 'ledger.json'), '{\n"name": "Ledger",\n"retentoin": {}}')
    const { code, steps } = await runOnce('--products', folder)
    expect(code).toBe(1)
    expect(steps).toMatchObject([
      {
        step: 'products',
        ok: false,
        error: expect.stringContaining('ledger.json: line 3: retentoin is unknown'),
      },
    ])
    writeFileSync(join(folder, 'ledger.json'), '{ "name": "Ledger" }')
    expect(await runOnce('--products', folder)).toMatchObject({ code: 0 })
  })
})

describe('late symbols', () => {
  test('change the crash that lacked them in the next round, and cost nothing in those after it', async () => {
    const program = 'basics_O0'
    const dumps = [{ name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O0-null-read') }]
    await storeReport(crashes, { annotations: { ProductName: 'Ledger', Version: '2.0' }, dumps })
    const late = async () => (await runOnce()).steps.find(({ step }) => step === 'late-symbols')
    expect(await late()).toMatchObject({ ok: true, arrivals: 0, modules_asked: 0, requests: { head: 0 } })
    const folder = join(import.meta.dirname, '../../../fixtures/symbols', program)
    const [id] = readdirSync(folder) as [string]
    const symbols = createFolderStorage(join(dir, 'data', 'symbols'))
    await symbols.put(`${program}/${id}/${program}.sym`, readFileSync(join(folder, id, `${program}.sym.gz`)))
    const module = { debug_file: program, debug_id: id, code_file: '', code_id: '' }
    await recordArrival(symbols, [module], new Date())
    expect(await late()).toMatchObject({ ok: true, arrivals: 1, modules_found: 1, processed: 1 })
    expect(await late()).toMatchObject({ ok: true, modules_asked: 0, requests: { head: 0 } })
    const signature = await mayday('sql', "select signature from crashes where version = '2.0'")
    expect(signature.stdout).toContain('app::')
  })
})
