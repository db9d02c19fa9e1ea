// Bodies over the limit, over real sockets, from clients that read the response only after sending everything.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boundary, bytesOf } from '../../support/crash-request.ts'
import { answerTo, type LargeRequest } from '../../support/large-request.ts'
import {
  type RunningEdge,
  startDenoEdge,
  startNodeEdge,
  startWorkerdEdge,
} from '../../support/running-edge.ts'

const first = bytesOf(`--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.dmp"\r\n\r\n`)
const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }

describe.each([
  ['workerd', startWorkerdEdge],
  ['Deno', startDenoEdge],
  ['Node', startNodeEdge],
])('the edge in %s responds with 413 to a body that', (_, start) => {
  let dir: string
  let edge: RunningEdge
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mayday-large-'))
    edge = await start(dir)
  })
  afterAll(async () => {
    await edge.stop()
    await rm(dir, { recursive: true, force: true })
  })

  test.each<[string, Omit<LargeRequest, 'path'>]>([
    ['is just over the limit', { mebibytes: 26 }],
    ['has 30 MiB', { mebibytes: 30 }],
    ['has 90 MiB', { mebibytes: 90 }],
    ['is sent after Expect: 100-continue', { mebibytes: 60, expect: true }],
    ['arrives in chunks without a length', { mebibytes: 90, chunked: true }],
    ['arrives in chunks after Expect: 100-continue', { mebibytes: 60, chunked: true, expect: true }],
  ])('%s', async (_, sending) => {
    const { status, lines } = await answerTo(edge.url, { path: '/submit', headers, start: first, ...sending })
    expect(status).toBe('HTTP/1.1 413')
    expect(lines).toContain('Discarded=malformed_body_too_large')
  })
})
