// Writes a store as an older version leaves it: `node test/support/make-old-store.ts CHECKOUT FILE.tar.gz`. CHECKOUT is that
// version with its packages installed. Its own edge and commands do everything; this script only calls them.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { F, multipart, submitRequest, T } from './crash-request.ts'
import { freePort } from './free-port.ts'
import { fixtureDump } from './stored-reports.ts'
import { until } from './until.ts'

const [checkout = '', file = ''] = process.argv.slice(2).map((path) => resolve(path))
const folder = mkdtempSync(join(tmpdir(), 'mayday-old-'))
const submitToken = 'token-of-the-senders-of-old-stores'
const env = {
  ...process.env,
  CRASH_ID_KEY: 'the key of old stores, no secret',
  SUBMIT_TOKEN: submitToken,
  MAYDAY_STORE: `file:${folder}`,
  MAYDAY_CACHE: join(folder, 'cache'),
}
const existing = (...paths: string[]) => paths.find((path) => existsSync(join(checkout, path)))!

interface OldReport {
  serial: number
  parts: Parameters<typeof multipart>[0]
}

const ledger = (version: string) => [T('ProductName', 'Ledger'), T('Version', version)]
/** Reports by day: one that is sent again, one without a dump, names that clients may choose, protected values. */
const days: Record<string, OldReport[]> = {
  '261120': [
    { serial: 0, parts: [...ledger('1.0'), main('cpp-basics-O0-null-read')] },
    { serial: 1, parts: [...ledger('1.0'), main('rust-generics-release-dyn')] },
  ],
  '261121': [
    { serial: 0, parts: [...ledger('1.0'), main('cpp-basics-O0-null-read')] },
    { serial: 2, parts: [...umlauts('2.0b1'), main('arm64-basics-O0-abort')] },
    { serial: 3, parts: [...ledger('1.1'), T('JavaStackTrace', 'java.lang.Error\n\tat a.b(C.java:1)')] },
  ],
}
/** Stay unprocessed. */
const last: Record<string, OldReport[]> = {
  '261121': [
    { serial: 4, parts: [...ledger('1.2'), main('cpp-deep-O2-overflow')] },
    { serial: 5, parts: [...umlauts('2.0'), main('cpp-basics-O0-double-free')] },
  ],
}

function umlauts(version: string) {
  return [T('ProductName', 'Größe'), T('Version', version), T('URL', 'https://secret.example/')]
}

/** Refuses version 0.9. */
const policy = {
  name: 'old',
  version: 1,
  rules: [
    {
      name: 'old_version',
      when: { kind: 'equals', annotation: 'Version', value: '0.9' },
      verdict: 'reject',
    },
    { name: 'accept_everything', when: { kind: 'always' }, verdict: 'accept' },
  ],
}

function main(name: string) {
  return F('upload_file_minidump', fixtureDump(name))
}

async function submit(url: string, parts: Parameters<typeof multipart>[0], id?: string): Promise<void> {
  const all = id === undefined ? parts : [T('uuid', id), ...parts]
  const request = submitRequest(multipart(all), { headers: { authorization: `Bearer ${submitToken}` } })
  const answer = await fetch(new Request(`${url}/submit`, request))
  const text = await answer.text()
  if (!/^CrashID=|^Discarded=rule_/.test(text)) throw new Error(`Not accepted: ${answer.status} ${text}`)
}

async function submitAll(url: string, reports: typeof days): Promise<void> {
  for (const [day, list] of Object.entries(reports))
    for (const { serial, parts } of list) await submit(url, parts, idOf(day, serial))
}

/** A crash ID of the day. `serial` is below 10; the same on two days: the same report, sent again. */
const idOf = (day: string, serial: number) => `5fc9d1a2-7a3e-8b1c-9d2e-3f4a${serial}0${day}`

function mayday(...args: string[]): void {
  const program = existing('batch/mayday.js', 'batch/mayday.ts')
  process.stderr.write(`mayday ${args.join(' ')}\n`)
  execFileSync(process.execPath, [program, ...args], { cwd: checkout, env, stdio: ['ignore', 2, 2] })
}

/** Runs while the edge of the version serves. */
async function withEdge(work: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort()
  const program = existing('edge/runtime/deno-server.ts', 'edge/deno-server.ts')
  const edge = spawn('deno', ['run', '--allow-all', program], {
    cwd: checkout,
    env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 2, 2],
  })
  const ended = once(edge, 'exit')
  const url = `http://127.0.0.1:${port}`
  try {
    await until(async () => (await fetch(`${url}/__lbheartbeat__`).catch(() => null))?.ok === true)
    await work(url)
  } finally {
    edge.kill('SIGTERM')
    await ended
  }
}

mkdirSync(join(folder, 'crashes/config'), { recursive: true })
mkdirSync(join(folder, 'symbols'))
writeFileSync(join(folder, 'crashes/config/policy.json'), JSON.stringify(policy))
await withEdge(async (url) => {
  await submit(url, [T('ProductName', 'Ledger'), T('Version', '0.9'), main('cpp-basics-O0-null-read')])
  await submitAll(url, days)
})
if (existsSync(join(checkout, 'batch/access')))
  mayday('tokens', 'add', '--label', 'reader@example.org', '--permissions', 'view_pii')
mayday('process', '--symbols', resolve(import.meta.dirname, '../fixtures/symbols'))
mayday('verify')
mayday('aggregate')
await withEdge(async (url) => {
  await submitAll(url, last)
})
execFileSync('tar', ['-czf', file, '-C', folder, '--exclude=.mayday/tmp', 'crashes', 'lake', 'symbols'])
rmSync(folder, { recursive: true })
