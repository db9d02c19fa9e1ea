// `mayday forward`: from a store to a real edge, through a gate that can be closed.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ForwardReport, forwardReports, isSampled } from '../../../../batch/exchange/forward.ts'
import { nodeCodecs } from '../../../../shared/codecs/codecs.node.ts'
import type { StoredReport } from '../../../../shared/crash.ts'
import { dateOfCrashId, rawKey, rawPrefix } from '../../../../shared/keys.ts'
import { readStoredReport } from '../../../../shared/report/stored.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { createMemoryStorage } from '../../../../shared/storage/memory.ts'
import type { Storage } from '../../../../shared/storage/storage.ts'
import { createTestEdge, submitToken } from '../../../edge/edge.support.ts'
import { clientBodies } from '../../../support/client-bodies.ts'
import { bytesOf, F, fakeDump, multipart, submitRequest, T } from '../../../support/crash-request.ts'
import { callMayday } from '../../../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge } from '../../../support/running-edge.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-forward-'))
let target: RunningEdge
const arrived = createFolderStorage(join(dir, 'target/crashes'))

/** A proxy in front of the target: forwards a number of submissions, then responds with 503. */
let gate: { url: string; server: Server; left: number }

async function openGate(to: string): Promise<typeof gate> {
  const state = { url: '', left: Number.POSITIVE_INFINITY }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (state.left-- <= 0) return void response.writeHead(503).end()
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => !/^(host|connection|content-length|transfer-encoding)$/.test(name),
      ),
    ) as Record<string, string>
    const answer = await fetch(`${to}${request.url}`, {
      method: 'POST',
      headers,
      body: Buffer.concat(chunks),
    })
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(await answer.text())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  state.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/submit`
  return Object.assign(state, { server })
}

beforeAll(async () => {
  target = await startDenoEdge(join(dir, 'target'), {
    SUBMIT_TOKEN: submitToken,
    MAYDAY_POLICY: 'accept-all',
  })
  gate = await openGate(target.url)
})
afterAll(async () => {
  gate?.server.close()
  await target?.stop()
  rmSync(dir, { recursive: true, force: true })
})

async function reportsIn(crashes: Storage): Promise<StoredReport[]> {
  const reports: StoredReport[] = []
  for await (const { key } of crashes.list(rawPrefix()))
    reports.push(readStoredReport(await (await crashes.get(key))!.bytes(), nodeCodecs))
  return reports
}

async function emptyTarget(): Promise<void> {
  for (const { rawCrash } of await reportsIn(arrived)) await arrived.delete(rawKey(rawCrash.uuid))
}

/** A store in a directory, with one report of every client and `more` plain ones, of two days. */
async function fillStore(name: string, more: number): Promise<{ url: string; crashes: Storage }> {
  const crashes = createFolderStorage(join(dir, name, 'crashes'))
  const edge = createTestEdge({}, undefined, crashes)
  for (const { body, headers } of await clientBodies()) {
    const { status } = await edge.ask(
      new Request('http://localhost/submit', {
        method: 'POST',
        headers,
        body: body as Uint8Array<ArrayBuffer>,
      }),
    )
    expect(status).toBe(200)
  }
  const oddFiles = [F('app-log', '1', 'text/plain', 'лог "1".txt'), F('applog', '2'), F('лог', '3')]
  await edge.ask(submitRequest(multipart([T('ProductName', 'Odd'), T('version', '7'), ...oddFiles])))
  edge.setTime(new Date('2011-09-07T00:00:00Z'))
  for (let i = 0; i < more; i++)
    await edge.ask(
      submitRequest(multipart([T('ProductName', 'Plain'), F('upload_file_minidump', fakeDump(50, i + 1))])),
    )
  return { url: `file:${join(dir, name)}`, crashes }
}

async function forward(
  store: string,
  ...args: string[]
): Promise<{ code: number | null; report: ForwardReport }> {
  const outcome = await callMayday(['forward', '--store', store, '--to', gate.url, '--json', ...args], {
    FORWARD_TOKEN: submitToken,
  })
  expect(outcome.stderr).toBe('')
  return { code: outcome.code, report: JSON.parse(outcome.stdout) as ForwardReport }
}

/** What must be the same on both sides. */
function essence({ rawCrash, dumps, origins }: StoredReport): string {
  const { metadata, submitted_timestamp: _, uuid: __, version: ___, ...annotations } = rawCrash
  const { user_agent, payload, payload_compressed, shadowed, dump_checksums } = metadata
  const files = dumps.map(({ name }) => {
    const { filename, contentType } = origins.get(name)!
    return [name, dump_checksums?.[name], filename, contentType]
  })
  return JSON.stringify([annotations, files, user_agent, payload, payload_compressed, shadowed])
}

describe('mayday forward', () => {
  test('sends reports as their clients sent them', async () => {
    await emptyTarget()
    const { url, crashes } = await fillStore('whole', 3)
    const { code, report } = await forward(url)
    const sent = await reportsIn(crashes)
    expect([code, report]).toMatchObject([
      0,
      { accepted: sent.length, seen: sent.length, failed: 0, refused: {} },
    ])
    expect((await reportsIn(arrived)).map(essence).sort()).toEqual(sent.map(essence).sort())
    const again = await forward(url)
    expect(again.report).toMatchObject({ accepted: 0, before: 0, seen: 0 })
  })

  test('keeps IDs if the target allows it', async () => {
    await emptyTarget()
    const { url, crashes } = await fillStore('ids', 2)
    await forward(url, '--keep-ids')
    const ids = async (storage: Storage) =>
      (await reportsIn(storage)).map(({ rawCrash }) => rawCrash.uuid).sort()
    expect(await ids(arrived)).toEqual(await ids(crashes))
  })

  test('continues after a failure, and does not resend what was answered', async () => {
    await emptyTarget()
    const { crashes } = await fillStore('gate', 60)
    const total = (await reportsIn(crashes)).length
    const run = (concurrency: number) =>
      forwardReports(crashes, {
        to: gate.url,
        percent: 100,
        since: null,
        concurrency,
        token: null,
        now: new Date('2011-09-20T00:00:00Z'),
        wait: { sleep: async () => {} },
      })
    gate.left = 20
    const reason = 'the edge responded with status 503'
    expect(await run(2)).toMatchObject({ accepted: 20, last_failure: reason })
    gate.left = Number.POSITIVE_INFINITY
    expect(await run(8)).toMatchObject({ accepted: total - 20, failed: 0 })
    expect((await reportsIn(arrived)).length).toBe(total)
  })

  test('exits with 1 when a report got no usable response', async () => {
    const { url, crashes } = await fillStore('failing', 0)
    const edge = createServer((_request, response) => response.writeHead(404).end('no such page'))
    await new Promise<void>((done) => edge.listen(0, '127.0.0.1', done))
    const to = `http://127.0.0.1:${(edge.address() as AddressInfo).port}/`
    const { code, stdout } = await callMayday(['forward', '--store', url, '--to', to, '--concurrency', '1'])
    const total = (await reportsIn(crashes)).length
    const none = `0 reports accepted; 0 of the ${total} selected had been accepted before, out of ${total}.`
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      none,
      expect.stringMatching(/^\d got no response \(HTTP 404: no such page\); run again to continue\.$/),
      '',
    ])
    edge.close()
  })

  test('a percentage selects the same reports each time', async () => {
    await emptyTarget()
    const { url, crashes } = await fillStore('share', 100)
    const { report } = await forward(url, '--percent', '20', '--since', '2011-09-07')
    expect(report.seen).toBe(100)
    expect(report.accepted).toBe(report.sampled)
    expect(report.sampled).toBeGreaterThan(5)
    expect(report.sampled).toBeLessThan(40)
    const ids = (await reportsIn(crashes)).map(({ rawCrash }) => rawCrash.uuid)
    const shares = [5, 20, 60, 100].map((percent) => ids.filter((id) => isSampled(id, percent)))
    for (let i = 1; i < shares.length; i++)
      expect(shares[i - 1]!.every((id) => shares[i]!.includes(id))).toBe(true)
    expect(shares.at(-1)).toEqual(ids)
  })

  describe('days that --since omits', () => {
    const days = ['2011-09-01', '2011-09-02', '2011-09-05', '2011-09-06']
    let crashes: Storage
    let edge: ReturnType<typeof createTestEdge>
    let part = 0
    /** Stores a report on each day. */
    async function store(...dates: readonly string[]): Promise<void> {
      for (const date of dates) {
        edge.setTime(new Date(`${date}T12:00:00Z`))
        await edge.ask(
          submitRequest(
            multipart([T('ProductName', 'Plain'), F('upload_file_minidump', fakeDump(50, ++part))]),
          ),
        )
      }
    }
    /** Forwards; returns the days of the reports that arrived, without duplicates. */
    async function forwardSince(since: string | null): Promise<string[]> {
      await emptyTarget()
      const now = new Date('2011-09-20T00:00:00Z')
      const to = gate.url
      await forwardReports(crashes, { to, percent: 100, since, concurrency: 2, token: submitToken, now })
      return (await reportsIn(arrived)).map(({ rawCrash }) => dateOfCrashId(rawCrash.uuid)).sort()
    }
    beforeEach(() => {
      crashes = createMemoryStorage()
      edge = createTestEdge({}, undefined, crashes)
    })

    test('are sent by the next run without it, and nothing else is sent again', async () => {
      await store(...days)
      expect(await forwardSince('2011-09-05')).toEqual(days.slice(2))
      expect(await forwardSince('2011-09-05')).toEqual([])
      expect(await forwardSince(null)).toEqual(days.slice(0, 2))
      expect(await forwardSince(null)).toEqual([])
      await store('2011-09-08')
      expect(await forwardSince(null)).toEqual(['2011-09-08'])
    })

    test('are sent even if earlier and later days are complete', async () => {
      await store(...days.slice(0, 1))
      expect(await forwardSince(null)).toEqual(days.slice(0, 1))
      await store(...days.slice(1))
      expect(await forwardSince('2011-09-06')).toEqual(days.slice(3))
      expect(await forwardSince('2011-09-05')).toEqual(days.slice(2, 3))
      expect(await forwardSince(null)).toEqual(days.slice(1, 2))
      expect(await forwardSince(null)).toEqual([])
    })

    test('are distinguished from completed days, which are not listed again', async () => {
      await store(...days)
      await forwardSince('2011-09-05')
      const keys: string[] = []
      for await (const { key } of crashes.list('forward/')) keys.push(key.split('/')[2]!)
      expect(keys).toEqual(['state.json'])
    })
  })

  test('reports refused and unreadable reports, and does not retry them', async () => {
    const crashes = createMemoryStorage()
    const edge = createTestEdge({}, undefined, crashes)
    await edge.ask(submitRequest(multipart([T('a', '1'), F('upload_file_minidump', 'abcd')])))
    const broken = 'de1bb258-cbbf-4589-a673-34f800110906'
    await crashes.put(rawKey(broken), bytesOf('no report'))
    const nobody = createServer((request, response) => {
      request.resume().once('end', () => response.writeHead(200).end('Discarded=rule_all'))
    })
    await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done))
    const address = nobody.address()
    const to = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
    const options = { to, percent: 100, since: null, concurrency: 4, token: null }
    const today = { ...options, now: new Date('2011-09-06T12:00:00Z') }
    const first = await forwardReports(crashes, today)
    expect(first).toMatchObject({ seen: 2, refused: { rule_all: 1 }, unreadable: [broken], failed: 0 })
    expect(await forwardReports(crashes, today)).toMatchObject({
      seen: 2,
      before: 2,
      refused: {},
      unreadable: [],
    })
    // Two days later the day is permanently complete, and only that is stored.
    await forwardReports(crashes, { ...options, now: new Date('2011-09-08T00:00:00Z') })
    const keys: string[] = []
    for await (const { key } of crashes.list('forward/')) keys.push(key)
    expect(keys).toEqual([expect.stringMatching(/^forward\/[0-9a-f]{16}\/state\.json$/)])
    expect(await crashes.head(keys[0]!)).toMatchObject({ contentType: 'application/json' })
    expect(await forwardReports(crashes, today)).toMatchObject({ seen: 0 })
    nobody.close()
  })

  test.each(['0.01', '100'])('takes the percentage %s', async (percent) => {
    const store = join(dir, 'taken')
    mkdirSync(join(store, 'crashes'), { recursive: true })
    const args = ['forward', '--store', `file:${store}`, '--to', 'https://x.example/', '--percent', percent]
    expect(await callMayday(args)).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: '0 reports accepted; 0 of the 0 selected had been accepted before, out of 0.\n',
    })
  })

  test.each<[string[], string]>([
    [['--to', 'staging'], '--to must be the URL'],
    ...['0', ' ', '100.5', 'x'].map((percent): [string[], string] => [
      ['--to', 'https://x.example/', '--percent', percent],
      '--percent must be a number above 0',
    ]),
    [['--to', 'https://x.example/', '--since', 'May'], 'YYYY-MM-DD'],
    [['--to', 'https://x.example/', '--keep-ids'], 'needs FORWARD_TOKEN'],
    [[], "required option '--to <URL>'"],
  ])('refuses %j', async (args, message) => {
    const store = join(dir, 'refused')
    mkdirSync(join(store, 'crashes'), { recursive: true })
    const { code, stderr } = await callMayday(['forward', '--store', `file:${store}`, ...args])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
