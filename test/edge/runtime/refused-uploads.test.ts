// Large uploads of symbols that are refused, over real sockets, from clients that read the response only after sending
// everything.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStores } from '../../../shared/storage/open.node.ts'
import { hashToken } from '../../../shared/access/tokens.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { changeTokens } from '../../../batch/access/token-store.ts'
import { answerTo, type LargeRequest } from '../../support/large-request.ts'
import {
  type RunningEdge,
  startDenoEdge,
  startNodeEdge,
  startWorkerdEdge,
} from '../../support/running-edge.ts'

const token = 'a'.repeat(32)
const boundary = 'xYz'
const form = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
const start = Buffer.from(
  `--${boundary}\r\nContent-Disposition: form-data; name="a.zip"; filename="a.zip"\r\n\r\n`,
)
const withToken = { ...form, 'Auth-Token': token }
const path = '/symbols/upload/'

describe.each([
  ['workerd', startWorkerdEdge, 'r2'],
  ['Deno', startDenoEdge, 'file'],
  ['Node', startNodeEdge, 'file'],
])('the symbol server in %s answers', (_, startEdge, scheme) => {
  let dir: string
  let edge: RunningEdge
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mayday-refused-'))
    const { stores, close } = await openStores(`${scheme}:${dir}`, {})
    const added = { sha256: hashToken(token, nodeCodecs), label: 'ci', created_at: '2026-01-01T00:00:00Z' }
    await changeTokens(stores.crashes, async () => [{ ...added, permissions: ['upload_symbols'] }])
    await close()
    edge = await startEdge(dir, { SYMBOL_UPLOAD_MB: '20' })
  })
  afterAll(async () => {
    await edge?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  const within = { mebibytes: 15, start }
  test.each<[string, string, string, LargeRequest]>([
    ['403 to a form without a token', '403', 'requires an Auth-Token', { path, headers: form, ...within }],
    [
      '403 to a form with an unknown token',
      '403',
      'API Token not matched',
      { path, headers: { ...form, 'Auth-Token': 'e'.repeat(32) }, ...within },
    ],
    [
      '403 to a form with an unknown token in its URL',
      '403',
      'API Token not matched',
      { path: `/symbols/sym_upload?key=${'e'.repeat(32)}`, headers: form, ...within, chunked: true },
    ],
    [
      '403 to a file for a forged URL',
      '403',
      'This upload URL is not valid',
      { method: 'PUT', path: '/symbols/upload/v2/files/forged.ticket', mebibytes: 15 },
    ],
    [
      '403 to a chunked file for a forged URL',
      '403',
      'This upload URL is not valid',
      { method: 'PUT', path: '/symbols/v1/uploads/forged.ticket', mebibytes: 15, chunked: true },
    ],
    [
      '405 to a file for a path',
      '405',
      'Method Not Allowed',
      { method: 'PUT', path: '/symbols/a/AB/a.sym', mebibytes: 15 },
    ],
    ['404 to a file for no path', '404', 'Not Found', { path: '/symbols/nothing', mebibytes: 15 }],
    [
      '413 to a form just over the limit',
      '413',
      'more than 20971520 bytes',
      { path, headers: withToken, mebibytes: 20, start },
    ],
    [
      '413 to a form over the limit, of unknown length',
      '413',
      'more than 20971520 bytes',
      { path, headers: withToken, mebibytes: 30, start, chunked: true },
    ],
    [
      '403 to a form without a token, after Expect: 100-continue',
      '403',
      'requires an Auth-Token',
      { path, headers: form, ...within, expect: true },
    ],
  ])('%s', async (_name, status, text, request) => {
    const answer = await answerTo(edge.url, request)
    expect(answer.status).toBe(`HTTP/1.1 ${status}`)
    expect(answer.lines.join('\n')).toContain(text)
  })

  test('403 or a reset connection to a body without a token that is larger than any upload', async () => {
    const answer = await answerTo(edge.url, { path, headers: form, mebibytes: 200 }).catch(() => null)
    if (answer) expect(answer.status).toBe('HTTP/1.1 403')
    expect((await fetch(`${edge.url}/__lbheartbeat__`)).status).toBe(200)
  })
})
