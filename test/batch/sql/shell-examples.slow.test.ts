// Runs the shell examples of docs/sql.md as a user would, over a small store and a server of it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { type RunningEdge, startServing } from '../../support/running-edge.ts'

const root = resolve(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/sql.md'), 'utf8')
const examples = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text!)

const dir = mkdtempSync(join(tmpdir(), 'mayday-examples-'))
/** The default store of commands in this folder. */
const data = join(dir, 'data')
let server: RunningEdge
let token = ''
beforeAll(async () => {
  mkdirSync(data)
  const { stores } = await openStores(`file:${data}`, {})
  const open = { url: `file:${data}`, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  await using files = await openFiles(open)
  await simulateCrashes(files, { crashes: 1000, days: 28, seed: 1, to: '2026-10-21', modules: false })
  writeFileSync(join(dir, 'owners.csv'), 'signature,owner\nsim::Cache::Evict,cache team\n')
  const add = ['tokens', 'add', '--label', 'docs', '--permissions', 'run_custom_queries']
  token = (await callMayday(add, { MAYDAY_STORE: `file:${data}` })).stdout.trim()
  server = await startServing(data, { MAYDAY_CACHE: join(dir, 'served') })
}, 120_000)
afterAll(async () => {
  await server?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** Commands of the examples that may not be installed. */
const prelude = `set -e
mayday() { "$NODE" "$ROOT/batch/mayday.js" "$@"; }
npm() { shift 4; mayday "$@"; }
duckdb() { "$NODE" -e "$DUCKDB" "$2"; }
`
const duckdb = `const { DuckDBInstance } = require(process.env.ROOT + '/node_modules/@duckdb/node-api')
DuckDBInstance.create().then((database) => database.connect())
  .then((connection) => connection.runAndReadAll(process.argv[1]))
  .then((rows) => console.log(rows.currentRowCount))`

function run(example: string) {
  const env = {
    ...process.env,
    NODE: process.execPath,
    ROOT: root,
    DUCKDB: duckdb,
    MAYDAY_STORE: '',
    MAYDAY_CACHE: join(dir, 'cache'),
  }
  const smaller = example
    .replace(/--crashes \d+/, '--crashes 200')
    .replaceAll('https://crashes.example.org', server.url)
    .replace('MAYDAY_TOKEN=…', `MAYDAY_TOKEN=${token}`)
    .replaceAll('curl ', 'curl --silent --show-error --fail ')
  const { status, stdout, stderr } = spawnSync('bash', ['-c', prelude + smaller], {
    cwd: dir,
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

describe('docs/sql.md', { timeout: 300_000 }, () => {
  test.for(examples)('%s', (example, { skip }) => {
    skip(!hasCurl && example.includes('curl '), 'curl is not installed')
    const { status, stdout, stderr } = run(example)
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
    if (!/>|simulate|copy/.test(example)) expect(stdout).not.toBe('')
  })

  test('the examples of exports write files', () => {
    expect(readFileSync(join(dir, 'day.parquet')).subarray(0, 4).toString()).toBe('PAR1')
    expect(readFileSync(join(dir, 'crashes.csv'), 'utf8')).toMatch(/^crash_id,/)
    expect(readdirSync(join(dir, 'by-product')).sort()).toContain('product=SimBrowser')
  })
})
