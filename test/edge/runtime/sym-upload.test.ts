// Breakpad's sym_upload over real sockets: what it sent when it was recorded, byte for byte, and the program itself where
// it is installed.
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeTokens } from '../../../batch/access/token-store.ts'
import { hashToken } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import {
  type RunningEdge,
  startDenoEdge,
  startNodeEdge,
  startWorkerdEdge,
} from '../../support/running-edge.ts'

const run = promisify(execFile)
const isInstalled = spawnSync('sym_upload', ['-h'], { stdio: 'ignore' }).error === undefined

const fixture = join(import.meta.dirname, '../../fixtures/sym-upload.json')
const { requests } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  requests: Record<'version 1' | 'version 2', string[]>
}
const symbols = /MODULE .+demo_end\n/s.exec(requests['version 1'][0]!)![0]
const path = '/symbols/libdemo.so/1DE1BB258CBBF4589A673034F8001609180/libdemo.so.sym'
const [regular, onlyTry] = ['a'.repeat(32), 'b'.repeat(32)]

/** As the client finds a member. */
const find = (text: string, member: string) => new RegExp(`"${member}": "([^"]+)"`).exec(text)?.[1]

describe.each([
  ['workerd', startWorkerdEdge, 'r2'],
  ['Deno', startDenoEdge, 'file'],
  ['Node', startNodeEdge, 'file'],
])('with the edge in %s, sym_upload', (_, startEdge, scheme) => {
  let dir: string
  let edge: RunningEdge
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mayday-sym-upload-'))
    const { stores, close } = await openStores(`${scheme}:${dir}`, {})
    const added = { label: 'ci', created_at: '2026-01-01T00:00:00Z' }
    await changeTokens(stores.crashes, async () => [
      { ...added, sha256: hashToken(regular, nodeCodecs), permissions: ['upload_symbols'] },
      { ...added, sha256: hashToken(onlyTry, nodeCodecs), permissions: ['upload_try_symbols'] },
    ])
    await close()
    edge = await startEdge(dir)
  })
  afterAll(async () => {
    await edge?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  /** Sends a recorded request unchanged; the status and the text of the response. */
  async function replay(request: string, values: Readonly<Record<string, string>>) {
    const { host, port, hostname } = new URL(edge.url)
    const text = request.replace(/\{(\w+)\}/g, (whole, name: string) =>
      name === 'host' ? host : (values[name] ?? whole),
    )
    const socket = connect(Number(port), hostname)
    try {
      socket.write(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
      const answer = Buffer.concat(await Array.fromAsync(socket)).toString()
      return { status: Number(answer.split(' ')[1]), text: answer }
    } finally {
      socket.destroy()
    }
  }

  const download = async (prefix = '') =>
    (await fetch(`${edge.url}${path.replace('/symbols', `/symbols${prefix}`)}`)).text()

  test('sends a file by version 1', async () => {
    const { status } = await replay(requests['version 1'][0]!, { token: regular })
    expect(status).toBe(200)
    expect(await download()).toBe(symbols)
  })

  test('sends a file by version 2', async () => {
    const [status, create, put, complete] = requests['version 2'] as [string, string, string, string]
    const token = onlyTry
    expect(find((await replay(status, { token })).text, 'status')).toBe('MISSING')
    const created = await replay(create, { token })
    const ticket = find(created.text, 'uploadKey')!
    expect(find(created.text, 'uploadUrl')).toBe(`${edge.url}/symbols/v1/uploads/${ticket}`)
    expect(created.text.toLowerCase()).toContain('cache-control: private, no-store')
    expect((await replay(put, { ticket })).status).toBe(200)
    expect(find((await replay(complete, { ticket, token })).text, 'result')).toBe('OK')
    expect(find((await replay(status, { token })).text, 'status')).toBe('FOUND')
    expect(await download('/try')).toBe(symbols)
  })

  test('is shown why it is refused', async () => {
    const token = 'e'.repeat(32)
    for (const request of [requests['version 1'][0]!, requests['version 2'][1]!]) {
      const answer = await replay(request, { token })
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('{"error":"API Token not matched"}')
    }
  })

  test.skipIf(!isInstalled)('itself, where it is installed, is content', async () => {
    const file = join(dir, 'real.sym')
    await writeFile(file, symbols.replaceAll('libdemo.so', 'libreal.so'))
    const first = await run('sym_upload', ['-p', 'sym-upload-v2', '-k', regular, file, `${edge.url}/symbols`])
    expect(first.stdout + first.stderr).toContain('Successfully sent the symbol file.')
    const second = await run('sym_upload', [file, `${edge.url}/symbols/sym_upload?key=${regular}`])
    expect(second.stdout + second.stderr).toContain('Successfully sent the symbol file.')
  })
})
