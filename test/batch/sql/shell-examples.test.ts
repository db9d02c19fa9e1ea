// Runs the shell examples of docs/sql.md as a user would, over a small store.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { openStores } from '../../../shared/storage/open.node.ts'

const root = resolve(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/sql.md'), 'utf8')
const examples = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text!)

const dir = mkdtempSync(join(tmpdir(), 'mayday-examples-'))
/** The default store of commands in this folder. */
const data = join(dir, 'data')
beforeAll(async () => {
  mkdirSync(data)
  const { stores } = await openStores(`file:${data}`, {})
  const open = { url: `file:${data}`, stores, cacheDir: join(dir, 'cache'), config: readConfig({}) }
  await using files = await openFiles(open)
  await simulateCrashes(files, { crashes: 1000, days: 28, seed: 1, to: '2026-10-21', modules: false })
  writeFileSync(join(dir, 'owners.csv'), 'signature,owner\nsim::Cache::Evict,cache team\n')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

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
  const smaller = example.replace(/--crashes \d+/, '--crashes 200')
  const { status, stdout, stderr } = spawnSync('bash', ['-c', prelude + smaller], {
    cwd: dir,
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('docs/sql.md', { timeout: 300_000 }, () => {
  test.each(examples)('%s', (example) => {
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
