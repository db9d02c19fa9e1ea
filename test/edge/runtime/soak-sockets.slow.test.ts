// A soak test over sockets: mixed reports, hostile bodies, a faulty store, clients that disconnect. Every accepted report
// is stored completely and once; no other is. SOAK_SECONDS makes it longer.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawKey, rawPrefix } from '../../../shared/keys.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { fakeDump } from '../../support/crash-request.ts'
import { hostileShapes } from '../../support/hostile-shapes.ts'
import { crashIdOf, labelledReport, labelOf } from '../../support/labelled-reports.ts'
import { createRandom } from '../../support/mutate.ts'
import { until } from '../../support/until.ts'

const soakMs = Number(process.env.SOAK_SECONDS ?? 4) * 1000
const perRound = 400
const clients = 12
/** Several times what the edge needs, and far less than a leak would reach in CI. */
const maxRss = 512 * 1024 * 1024

const root = resolve(import.meta.dirname, '../../..')
const dir = mkdtempSync(join(tmpdir(), 'mayday-soak-'))
const crashes = createFolderStorage(join(dir, 'crashes'))
const random = createRandom(7)
let edge: ChildProcess
let port: number

beforeAll(async () => {
  const deno = join(root, 'node_modules/.bin/deno')
  edge = spawn(deno, ['run', '--allow-all', 'test/edge/runtime/deno/faulty-edge.ts', dir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(edge.stdout!, 'data')) as [Buffer]
  port = Number(line.toString())
})
afterAll(async () => {
  edge?.kill('SIGKILL')
  if (edge?.exitCode === null) await once(edge, 'close')
  rmSync(dir, { recursive: true, force: true })
})

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const encodings = {
  identity: (bytes: Uint8Array) => bytes,
  gzip: gzipSync,
  deflate: deflateSync,
  zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
}

interface Sent {
  label: string
  dumpHash: string
  /** The response; null: the client did not wait for it. */
  status: number | null
  id: string | null
  /** The complete body was sent. */
  complete: boolean
}

/** Sends the first `until` bytes of a body in pieces, then waits for the response or disconnects. */
function post(
  path: string,
  body: Uint8Array,
  { headers, until, wait }: { headers: Record<string, string | number>; until: number; wait: boolean },
): Promise<{ status: number; id: string | null } | null> {
  return new Promise((done) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method: 'POST', headers })
    outgoing.once('error', () => done(null))
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', () => done(null))
      const answerHeaders = new Headers(response.headers as Record<string, string>)
      response.once('end', () =>
        done({
          status: response.statusCode!,
          id: crashIdOf(Buffer.concat(chunks).toString(), answerHeaders),
        }),
      )
    })
    const size = 1 + Math.floor(random() * 60_000)
    for (let at = 0; at < until; at += size) {
      const hangsUp = at + size >= until && !wait
      outgoing.write(body.subarray(at, Math.min(at + size, until)), () => hangsUp && outgoing.destroy())
    }
    if (wait) outgoing.end()
  })
}

/** Labels of the completely sent reports of all rounds: an attempt that timed out may store one after its round. */
const sentWhole = new Set<string>()

async function sendOne(pair: number): Promise<Sent> {
  const label = `report ${pair}`
  const dump = fakeDump(200 + (pair % 20 === 0 ? 700_000 : (pair % 50) * 600), pair + 1)
  const report = labelledReport(label, dump, { pair, choice: random() })
  const fate = random()
  const unclosed = fate < 0.04
  const plain = report.body.subarray(0, unclosed ? -30 : undefined)
  const names = Object.keys(encodings) as (keyof typeof encodings)[]
  const encoding = names[Math.floor(random() * names.length)]!
  const whole = encodings[encoding](plain)
  const cut = fate > 0.9
  const body = cut ? whole.subarray(0, Math.floor(random() * whole.length)) : whole
  const hangsUp = fate > 0.8 && fate < 0.9
  const leaves = fate > 0.75 && fate < 0.8
  const chunked = random() < 0.5
  const answer = await post(report.path, body, {
    headers: {
      ...report.headers,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
      ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
    },
    until: hangsUp ? Math.ceil(random() * body.length) : body.length,
    wait: !hangsUp && !leaves,
  })
  return {
    label,
    dumpHash: hash(dump),
    status: answer?.status ?? null,
    id: answer?.id ?? null,
    complete: !cut && !hangsUp && !unclosed,
  }
}

/** Hostile bodies per round; the next round continues with the next ones. */
const hostilePerRound = 8
let hostileSent = 0

/** Sends hostile bodies one after another; returns the crash IDs of accepted ones. */
async function sendHostile(): Promise<string[]> {
  const accepted: string[] = []
  for (let i = 0; i < hostilePerRound; i++) {
    const { path = '/submit', headers, body } = hostileShapes[hostileSent++ % hostileShapes.length]!
    const bytes = body()
    const answer = await post(path, bytes, {
      headers: { ...headers, 'content-length': bytes.length },
      until: bytes.length,
      wait: true,
    })
    expect(answer?.status, hostileShapes[(hostileSent - 1) % hostileShapes.length]!.name).toBeGreaterThan(0)
    if (answer?.id) accepted.push(answer.id)
  }
  return accepted
}

/** Memory in bytes of reports in flight, and of the edge process. */
async function edgeState(): Promise<{ held: number; rss: number }> {
  return (await fetch(`http://127.0.0.1:${port}/state`)).json() as Promise<{ held: number; rss: number }>
}

/** Sends each report twice, many concurrently; then checks the stored reports and deletes them. */
async function soakRound(first: number, seen: Map<number | null, number>): Promise<void> {
  const sent: Sent[] = []
  let next = 0
  const client = async () => {
    for (let i = next++; i < perRound; i = next++) sent.push(await sendOne(first + (i >> 1)))
  }
  const [accepted] = await Promise.all([sendHostile(), ...Array.from({ length: clients }, client)])
  for (const { status } of sent) seen.set(status, (seen.get(status) ?? 0) + 1)

  const stored = new Map<string, { label: unknown; dumpHash: string }>()
  const hostile = new Set<string>()
  for await (const { key } of crashes.list(rawPrefix())) {
    const id = key.split('/').at(-1)!
    const { rawCrash, dumps } = readStoredReport(await (await crashes.get(key))!.bytes(), nodeCodecs)
    const label = labelOf(rawCrash)
    if (label === undefined) hostile.add(id)
    else expect(dumps).toHaveLength(1)
    if (label !== undefined) stored.set(id, { label, dumpHash: hash(dumps[0]!.bytes) })
  }
  for (const id of accepted) expect(hostile).toContain(id)
  for (const { id, label, dumpHash } of sent) if (id) expect(stored.get(id)).toEqual({ label, dumpHash })
  const answered = new Set(sent.flatMap(({ id }) => id ?? []))
  for (const { label, complete } of sent) if (complete) sentWhole.add(label)
  const others = [...stored].filter(([id]) => !answered.has(id))
  expect(others.filter(([, { label }]) => !sentWhole.has(String(label)))).toEqual([])
  // The crash IDs of one report differ only in the day, at midnight.
  const kinds = new Set([...stored].map(([id, { label }]) => `${id.slice(0, 29)} ${label}`))
  expect(kinds.size).toBe(new Set([...stored.values()].map(({ label }) => label)).size)
  await crashes.delete([...stored.keys(), ...hostile].map(rawKey))
}

test(
  `a soak of ${soakMs / 1000} s over sockets stores exactly the accepted reports`,
  async () => {
    const start = performance.now()
    let early: number | null = null
    const seen = new Map<number | null, number>()
    let sent = 0
    do {
      await soakRound(sent, seen)
      sent += perRound
      const elapsed = performance.now() - start
      if (early === null && elapsed > 10_000) early = (await edgeState()).rss
    } while (performance.now() < start + soakMs)
    await until(async () => (await edgeState()).held === 0)
    const { rss } = await edgeState()
    expect(rss).toBeLessThan(maxRss)
    console.info(
      `soak: ${hostileSent} hostile bodies; memory of the edge after 10 s ${early}, at the end ${rss}`,
    )
    console.info(`soak: ${sent} reports sent, answers: ${JSON.stringify([...seen])}`)
    for (const status of [200, 400, 500, null]) expect(seen.get(status)).toBeGreaterThan(0)
    const known: (number | null)[] = [200, 400, 500, 503, null]
    expect([...seen.keys()].filter((status) => !known.includes(status))).toEqual([])
  },
  soakMs + 120_000,
)
