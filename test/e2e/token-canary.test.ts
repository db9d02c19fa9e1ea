// One token does everything that tokens allow. Each kind of protected read and change is in the audit, and the text of the
// token is in no log, no answer and no object.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { permissions } from '../../shared/access/permissions.ts'
import { type AuditAction, auditActions } from '../../shared/access/audit.ts'
import { callMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge, startServing } from '../support/running-edge.ts'
import { until } from '../support/until.ts'
import { zipOf } from '../support/zip.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const dump = resolve(import.meta.dirname, '../fixtures/dumps/cpp-basics-O0-null-read.dmp.gz')
const id = 'D48F191186D67E69DF025AD71FB91E1F0'
const symText = (name: string) => `MODULE Linux x86_64 ${id} ${name}\nPUBLIC 1000 0 main\n`
const nameOf = (name: string) => `${name}/${id}/${name}.sym`

/** The text itself, and in Base64 at each of its three alignments. */
const formsOf = (secret: string): string[] => [
  secret,
  ...[0, 1, 2].map((shift) => {
    const encoded = Buffer.from(' '.repeat(shift) + secret).toString('base64url')
    return encoded.slice(shift && 4, -4)
  }),
]

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

/** Of the API of the tables, which only `mayday serve` has. */
const tableActions: readonly string[] = ['search_protected', 'run_sql'] satisfies AuditAction[]

describe.each([
  ['the edge in Deno', startDenoEdge, false],
  ['mayday serve', startServing, true],
])('with %s, a token', (_, startEdge, hasTables) => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-canary-'))
  let edge: RunningEdge
  let token = ''
  let crashId = ''
  /** Everything that the edge and the commands wrote. */
  const seen: string[] = []

  const mayday = async (...args: string[]) => {
    const env = { MAYDAY_STORE: edge.store, MAYDAY_CACHE: join(dir, 'cache') }
    const { code, stdout, stderr } = await callMayday(args, env)
    expect(`${code} ${stderr}`, args.join(' ')).toMatch(/^0 /)
    seen.push(stderr)
    return stdout
  }
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
    const url = path.startsWith('http') ? path : `${edge.url}${path}`
    const response = await fetch(url, { redirect: 'manual', ...init })
    const text = await response.text()
    seen.push(JSON.stringify([...response.headers]), text)
    return { status: response.status, text }
  }
  const withToken = (path: string, init: RequestInit = {}) =>
    ask(path, { ...init, headers: { ...(init.headers as object), 'auth-token': `${token}-canary` } })

  /** The edge writes rows in batches. */
  const isWritten = async () =>
    filesBelow(join(dir, 'store/crashes/audit')).some((path) =>
      readFileSync(path, 'utf8').includes('"action":"reprocess_crashes"'),
    )

  beforeAll(async () => {
    const vars = { REFUSALS_FLUSH_MS: '100', MAYDAY_CACHE: join(dir, 'served') }
    edge = await startEdge(join(dir, 'store'), vars)
    const submit = [
      'submit',
      dump,
      '-a',
      'ProductName=Basalt',
      '-a',
      'Version=1.0',
      '-a',
      'URL=https://inside',
    ]
    const sent = await mayday(...submit, '--url', `${edge.url}/submit`)
    crashId = /bp-([0-9a-f-]{36})/.exec(sent)![1]!
    await mayday('process')
    const all = Object.keys(permissions).join(',')
    token = (await mayday('tokens', 'add', '--label', 'canary', '--permissions', all)).trim()
    expect(token).toMatch(/^[0-9a-f]{32}$/)
  })
  afterAll(async () => {
    await edge?.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  test('reads what is protected', async () => {
    expect((await withToken(`/api/report/${crashId}`)).text).toContain('https://inside')
    expect((await withToken(`/api/RawCrash/?crash_id=${crashId}`)).text).toContain('https://inside')
    expect((await withToken(`/api/ProcessedCrash/?crash_id=${crashId}`)).status).toBe(200)
    expect((await withToken(`/api/report/${crashId}/raw`)).status).toBe(200)
    const { files } = JSON.parse((await withToken(`/api/report/${crashId}/files`)).text)
    expect((await ask(files[0].link)).status).toBe(200)
    expect((await withToken(`/api/report/${crashId}/dumps/upload_file_minidump`)).status).toBe(200)
    expect((await withToken(`/api/RawCrash/?crash_id=${crashId}&format=raw`)).status).toBe(200)
    expect((await withToken('/__metrics__')).status).toBe(200)
  })

  test.runIf(hasTables)('searches protected fields, and runs SQL', async () => {
    // Searches see new files within ten seconds.
    const search = () => withToken('/api/SuperSearch/?url=~inside&_columns=url')
    const seesTheCrash = async () => expect((await search()).text).toContain('https://inside')
    await vi.waitFor(seesTheCrash, { timeout: 20_000, interval: 250 })
    const sql = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: 'SELECT url FROM protected' }),
    }
    expect((await withToken('/api/sql', sql)).text).toContain('https://inside')
  })

  test('uploads symbols by each protocol, and asks to process a crash again', async () => {
    const zip = new FormData()
    zip.append('a.zip', new Blob([zipOf({ name: nameOf('a'), content: symText('a') })]), 'a.zip')
    expect((await withToken('/symbols/upload/', { method: 'POST', body: zip })).status).toBe(201)

    const text = symText('b')
    const listed = {
      key: nameOf('b'),
      size: text.length,
      md5_hash: createHash('md5').update(text).digest('hex'),
    }
    const manifest = JSON.stringify({ files: [listed] })
    const { files } = JSON.parse(
      (await withToken('/symbols/upload/v2/', { method: 'POST', body: manifest })).text,
    )
    expect((await ask(files[0].action.url, { method: 'PUT', body: text })).status).toBe(200)
    expect((await withToken('/symbols/upload/auth_info/', { method: 'POST' })).status).toBe(200)

    const form = new FormData()
    form.append('symbol_file', new Blob([symText('c')]), 'c.sym')
    const v1 = await ask(`/symbols/sym_upload?key=${token}`, { method: 'POST', body: form })
    expect(v1.status).toBe(200)

    const created = await ask(`/symbols/v1/uploads:create?key=${token}`, { method: 'POST' })
    const { uploadUrl, uploadKey } = JSON.parse(created.text)
    await ask(uploadUrl, { method: 'PUT', body: symText('d') })
    const complete = `/symbols/v1/uploads/${uploadKey}:complete?key=${token}`
    const body = `{ symbol_id: {debug_file: "d", debug_id: "${id}" }, symbol_upload_type: "BREAKPAD" }`
    expect((await ask(complete, { method: 'POST', body })).text).toContain('"OK"')

    const again = { method: 'POST', body: new URLSearchParams({ crash_ids: crashId }) }
    expect((await withToken('/api/Reprocessing/', again)).text).toBe('true')
  })

  test('is refused, and fails, without a trace of its text', async () => {
    for (const path of ['/symbols/upload/', '/symbols/upload/v2/'])
      expect((await withToken(path, { method: 'POST', body: 'x' })).status).toBe(400)
    expect((await ask(`/symbols/sym_upload?key=${token}`, { method: 'POST', body: 'x' })).status).toBe(400)
    expect((await ask(`/symbols/nothing?key=${token}`)).status).toBe(404)
    expect((await withToken('/__broken__')).status).toBe(500)
    expect((await ask(`/__broken__?key=${token}`)).status).toBe(500)
  })

  test('has a row of the audit for each of them', async () => {
    const rotated = (await mayday('tokens', 'rotate', 'canary', '--keep', '1h')).trim()
    expect(rotated).not.toBe(token)
    await until(isWritten, { what: 'the last rows of the edge' })
    await edge.stop()
    await mayday('tokens', 'revoke', 'canary')
    const csv = await mayday('audit', '--csv')
    const [head, ...rows] = csv
      .trim()
      .split('\n')
      .map((row) => row.split(','))
    const action = head!.indexOf('action')
    const all = Object.keys(auditActions).filter((name) => hasTables || !tableActions.includes(name))
    expect(new Set(rows.map((row) => row[action]))).toEqual(new Set(all))
    const subjects = rows.filter((row) => row[action] === 'upload_symbols')
    expect(subjects).toHaveLength(4)
    seen.push(csv, await mayday('audit', '--json'), await mayday('tokens', 'list', '--json'))
  })

  test('is nowhere as text', () => {
    const texts = [...seen, edge.output(), ...filesBelow(dir).map((path) => readFileSync(path, 'latin1'))]
    expect(edge.output()).toContain('"severity":"error"')
    expect(texts.length).toBeGreaterThan(50)
    for (const form of formsOf(token)) expect(texts.filter((text) => text.includes(form))).toEqual([])
  })
})
