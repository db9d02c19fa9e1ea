// The commands of batch, as users run them, on a store in a directory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { symbolWarnings } from '../../../batch/cli/symbol-warnings.ts'
import { build as buildRun } from '../../../batch/commands/rounds/run.ts'
import { processedKey, rawKey } from '../../../shared/keys.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { callMayday, runMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-commands-'))
const data = join(dir, 'data')
const store = `file:${data}`
const crashes = createFolderStorage(join(data, 'crashes'))
const env = { MAYDAY_STORE: store, MAYDAY_CACHE: join(dir, 'cache') }
const mayday = (...args: string[]) => callMayday(args, env)
/** A command that keeps running. */
function start(...args: string[]) {
  const program = join(import.meta.dirname, '../../../batch/mayday.ts')
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return { child, stderr: () => stderr }
}
const symbols = join(import.meta.dirname, '../../fixtures/symbols')
let ids: string[]

beforeAll(async () => {
  const store = (product: string, name: string) =>
    storeReport(crashes, {
      annotations: { ProductName: product, Version: '1.0' },
      dumps: [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }],
    })
  ids = [
    await store('Ledger', 'cpp-basics-O0-null-read'),
    await store('Ledger', 'cpp-basics-O2-trap'),
    await store('Forge', 'rust-panics-abort-index'),
  ]
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('batch commands', () => {
  test('an older Node prints one line of instructions', async () => {
    const versions = '{...process.versions,node:"20.20.2"}'
    const old = `data:text/javascript,Object.defineProperty(process,"versions",{value:${versions}})`
    expect(await runMayday(['sql', 'select 1'], { NODE_OPTIONS: `--import ${JSON.stringify(old)}` })).toEqual(
      {
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^mayday: Node 24 or later is needed, this is 20\.20\.2: [^\n]+\n$/),
      },
    )
  })

  test('sql on a store without tables explains what to do, and runs the query', async () => {
    const result = await mayday('sql', 'select count(*) n from crashes', '--format', 'jsonl')
    expect(result).toMatchObject({ code: 0, stdout: '{"n":0}\n' })
    expect(result.stderr).toContain('mayday process')
    expect(result.stderr).toContain('--store r2:local')
  })

  test('process reports what it did, and then that nothing is left', async () => {
    const first = await runMayday(['process', '--symbols', symbols], env)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^Processed 3 of 3 crashes of 2026-10-21 in \d+\.\d s\.\n$/)
    expect((await mayday('process')).stdout).toBe('Nothing to process: all stored reports are processed.\n')
  })

  test('sql reads Parquet; any other DuckDB reads the same files', async () => {
    const result = await mayday('sql', 'select product, count(*) from crashes group by all order by 1')
    expect(result.stdout).toBe(
      'product  count_star()\n───────  ────────────\nForge               1\nLedger              2\n(2 rows)\n',
    )
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const reader = await connection.runAndReadAll(
      `select product, count(*) from '${data}/lake/tables/crashes/*/*.parquet' group by all order by 1`,
    )
    expect(reader.getRowsJson()).toEqual([
      ['Forge', '1'],
      ['Ledger', '2'],
    ])
    const crash = await mayday('sql', `select * from crashes where product = 'Forge'`, '--format', 'json')
    const [row] = JSON.parse(crash.stdout)
    expect(row).toMatchObject({ crash_id: ids[2], platform: 'Linux', crashing_thread: 0, date: '2026-10-21' })
    expect(row.reason).toBeTruthy()
    expect(row.frames.length).toBeGreaterThan(3)
  })

  test('verify finds nothing; after a processed crash is deleted it reports it, and process repairs it', async () => {
    expect(await mayday('verify')).toMatchObject({
      code: 0,
      stdout: 'All consistent: 3 reports of 1 day.\n',
    })
    await crashes.delete(processedKey(ids[1]!))
    const broken = await mayday('verify')
    expect(broken.code).toBe(1)
    expect(broken.stdout).toBe(
      `${ids[1]}  missing in ${processedKey(ids[1]!)}: run mayday process\n1 finding in 3 reports of 1 day.\n`,
    )
    expect((await mayday('process', '--json')).stdout).toContain('"processed":1')
    expect((await mayday('verify')).code).toBe(0)
  })

  test('aggregate writes the documents of the dashboard', async () => {
    expect((await mayday('aggregate')).stdout).toMatch(
      /^Wrote \d+ documents up to 2026-10-21\.\nWrote 1 search file\.\n$/,
    )
    expect(readdirSync(join(data, 'lake/aggregates/v4/top-crashers')).sort()).toEqual(['forge', 'ledger'])
  })

  test('expunge erases a crash and reports it', async () => {
    const { code, stdout } = await mayday('expunge', ids[0]!)
    expect(code).toBe(0)
    expect(stdout).toContain(`deleted from raw/20261021/${ids[0]}`)
    expect((await mayday('verify')).stdout).toBe('All consistent: 2 reports of 1 day.\n')
    expect((await mayday('expunge', ids[0]!)).code).toBe(1)
  })

  test('run --once performs a complete round', async () => {
    const { code, stdout } = await runMayday(['run', '--once'], env)
    const steps = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['process', true],
      ['reprocess', true],
      ['index-symbols', true],
      ['late-symbols', true],
      ['bugs', true],
      ['aggregate', true],
      ['alerts', true],
      ['search-files', true],
      ['verify', true],
      ['expire', true],
      ['publish', true],
    ])
    expect(steps.at(-2)).toMatchObject({ step: 'expire', dry_run: false })
    const published = ['modules', 'signatures', 'builds', 'missing_modules', 'crashes']
    expect(steps.at(-1)).toMatchObject({ step: 'publish', published })
    const counted = { list: expect.any(Number), put: expect.any(Number), bytes_written: expect.any(Number) }
    for (const { requests } of steps) expect(requests).toMatchObject(counted)
  })

  test('process and run report that a symbol server does not respond', async () => {
    const server = 'http://127.0.0.1:9'
    const why = `The symbol server at ${server} did not respond: bad port, 4 times`
    const result = await mayday('process', '--crash-id', ids[1]!, '--symbols', server)
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('Processed 1 of 1') })
    expect(result.stderr).toBe(symbolWarnings({ [why]: 1 }))
    const again = await mayday('reprocess', '--crash-id', ids[1]!, '--symbols', server)
    expect(again).toMatchObject({ code: 0, stderr: symbolWarnings({ [why]: 1 }) })
    await crashes.delete(processedKey(ids[1]!))
    const { stdout } = await runMayday(['run', '--once', '--symbols', server], env)
    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ processed: 1, symbol_failures: { [why]: 1 } })
  })

  test('reprocess handles the shard of the environment or of its option; run has none', async () => {
    const all = ['reprocess', '--where', 'true', '--json']
    const processed = async (args: string[], more: Record<string, string> = {}) =>
      JSON.parse((await callMayday(args, { ...env, ...more })).stdout).processed as number
    const half = { MAYDAY_SHARD: '1/2' }
    expect(await processed(all)).toBe(2)
    expect(await processed(all, half)).toBe(1)
    expect(await processed([...all, '--shard', '0/1'], half)).toBe(2)
    const looked = await callMayday([...all, '--signature-only', '--dry-run'], { ...env, ...half })
    expect(JSON.parse(looked.stdout).looked_at).toBe(1)
    const job = { JOB_COMPLETION_INDEX: '0', MAYDAY_SHARDS: '3' }
    expect(await callMayday(['run', '--once'], { ...env, ...job })).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('unset MAYDAY_SHARD and MAYDAY_SHARDS'),
    })
  })

  test('a dry run is reported as such', async () => {
    const now = new Date('2011-09-06T12:00:00Z')
    const old = await storeReport(crashes, { annotations: { ProductName: 'Old', Version: '1' }, now })
    const counts = { reports: 1, dry_run: true }
    const { stdout } = await runMayday(['run', '--once', '--no-expire'], env)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-2)!)).toMatchObject({ step: 'expire', ...counts })
    expect(JSON.parse((await mayday('expire', '--dry-run', '--json')).stdout)).toMatchObject(counts)
    expect(await mayday('expire', '--json')).toMatchObject({
      stdout: expect.stringContaining('"dry_run":false'),
    })
    expect(await crashes.head(rawKey(old))).toBeNull()
  })

  test('run waits between rounds for the time that its help shows as the default', async () => {
    const command = new Command('run')
    buildRun(command)
    expect(command.getOptionValue('every')).toBe(600_000)
    const [, every] = /--every .*?\(default:\s+(.+?)\)/s.exec(command.helpInformation())!
    expect(every).toBe('10m')
    expect(await runMayday(['run', '--once', '--every', every!], env)).toMatchObject({ code: 0 })
  })

  test('run ends after the current step when signaled', async () => {
    await crashes.delete(processedKey(ids[1]!))
    // The signal arrives while the first step waits for symbols.
    const server = createServer((_request, response) => {
      if (!child.killed) child.kill('SIGTERM')
      response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { child, stderr } = start('run', '--every', '1h', '--symbols', url)
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    expect(await once(child, 'close')).toEqual([0, null])
    server.close()
    expect(stderr()).toBe('mayday: process: started\n')
    const steps = stdout.trimEnd().split('\n')
    expect(steps.map((line) => JSON.parse(line))).toMatchObject([{ step: 'process', ok: true, processed: 1 }])
  })

  test('a reader of the output may stop reading', async () => {
    const { child, stderr } = start('sql', 'select * from range(100000)', '--format', 'csv')
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await once(child, 'close')).toEqual([0, null])
    expect(stderr()).toBe('')
  })

  test.each([
    [['verify', '--date', 'yesterday'], 2, 'A date must have the form YYYY-MM-DD'],
    [['process', '--shard', '4/4'], 2, 'A shard is I/N'],
    [['process', '--crash-id', 'nonsense'], 1, 'Not a crash ID'],
    [['process', '--workers', '0'], 2, '--workers must be a number from 1 to 256'],
    [['reprocess'], 2, 'Select crashes with exactly one of'],
    [['sql', 'selec'], 2, 'SQL: '],
    [['aggregate', '--store', 'ftp://x'], 1, 'Not a store URL'],
    [['run', '--every', 'often'], 2, '--every must be a time above 0 like'],
    [['run', '--every', '0s'], 2, '--every must be a time above 0 like'],
    [['run', '--metrics', 'here'], 2, '--metrics must be a port or HOST:PORT'],
    [['import'], 2, 'Select what to import'],
    [['process', '--symbols', '/no/such'], 2, '--symbols /no/such: no such folder or .sym file'],
    [['run', '--symbols', 'ftp://x/'], 2, 'ftp://x/ is not the URL of a symbol server'],
    [['reprocess', '--where', 'true', '--symbols', 'http://u:p@x/'], 2, 'contains a user name or password'],
    [
      ['verify', '--date', '2026-10-21', '--store', 'file:/etc/passwd'],
      1,
      'There is no store at /etc/passwd',
    ],
  ])('%j is rejected in one line', async ([command, ...args], code, message) => {
    const result = await callMayday([command!, '--store', store, ...args])
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toContain(message)
    expect(result.stderr).not.toContain('    at ')
  })

  test.each(['process', 'verify', 'aggregate', 'expire', 'sql', 'run'])(
    '%s refuses a store that does not exist',
    async (command) => {
      const { code, stderr } = await callMayday([command, '--store', 'file:/nope'])
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^mayday: There is no store at \/nope: there is no such folder\. Check [^\n]+\n$/,
      )
    },
  )

  test('simulate creates a store and reports that', async () => {
    const url = `file:${join(dir, 'created')}`
    const simulate = () => mayday('simulate', '--crashes', '10', '--days', '1', '--store', url)
    expect((await simulate()).stderr).toBe(`mayday: created the store ${url}\n`)
    expect((await simulate()).stderr).toBe('')
  })
})
