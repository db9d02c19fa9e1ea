// Real programs submit crash reports to a running edge over sockets.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StoredReport } from '../../../shared/crash.ts'
import { rawPrefix } from '../../../shared/keys.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { clientBodies } from '../../support/client-bodies.ts'
import { type RunningEdge, startDenoEdge } from '../../support/running-edge.ts'
import { until } from '../../support/until.ts'

const run = promisify(execFile)
const here = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
const fixture = join(import.meta.dirname, '../../fixtures/dumps/cpp-basics-O0-null-read.dmp.gz')

let dir: string
let edge: RunningEdge
let dumpPath: string
let dump: Buffer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mayday-clients-'))
  edge = await startDenoEdge(join(dir, 'store'))
  dump = gunzipSync(await readFile(fixture))
  dumpPath = join(dir, 'a.dmp')
  await writeFile(dumpPath, dump)
})
afterAll(async () => {
  await edge?.stop()
  await rm(dir, { recursive: true, force: true })
})

async function allReports(): Promise<Map<string, StoredReport>> {
  const store = createFolderStorage(join(dir, 'store/crashes'))
  const reports = new Map<string, StoredReport>()
  for await (const { key } of store.list(rawPrefix())) {
    const bytes = await (await store.get(key))!.bytes()
    reports.set(key.split('/').at(-1)!, readStoredReport(bytes, nodeCodecs))
  }
  return reports
}

async function reportOf(answer: string): Promise<StoredReport> {
  expect(answer).toMatch(/^CrashID=bp-[0-9a-f-]{36}\n$/)
  return (await allReports()).get(answer.trim().slice('CrashID=bp-'.length))!
}

describe.skipIf(!here('curl'))('curl', () => {
  const fields = ['-F', 'ProductName=Curl', '-F', 'Version=1', '-F', `upload_file_minidump=@${'DUMP'}`]
  const ways: [string, string[]][] = [
    ['uncompressed', []],
    ['over HTTP/1.0', ['--http1.0']],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
    ['expecting 100-continue', ['-H', 'Expect: 100-continue']],
  ]
  test.each(ways)('sends a report %s', async (_, flags) => {
    const args = fields.map((text) => text.replace('DUMP', dumpPath))
    const { stdout } = await run('curl', ['-s', '-S', ...flags, ...args, `${edge.url}/submit`])
    const report = await reportOf(stdout)
    expect(report.rawCrash).toMatchObject({ ProductName: 'Curl' })
    expect(dump.equals(report.dumps[0]!.bytes)).toBe(true)
  })
})

describe.skipIf(!here('python3'))('Python', () => {
  const script = `
import http.client, sys
url, path, chunked = sys.argv[1].split('/')[2], sys.argv[2], sys.argv[3] == 'chunked'
b = 'python-boundary'
body = ('--%s\\r\\nContent-Disposition: form-data; name="ProductName"\\r\\n\\r\\nPython\\r\\n--%s\\r\\nContent-Disposition: form-data; name="upload_file_minidump"; filename="a.dmp"\\r\\nContent-Type: application/octet-stream\\r\\n\\r\\n' % (b, b)).encode() + open(path, 'rb').read() + ('\\r\\n--%s--\\r\\n' % b).encode()
c = http.client.HTTPConnection(url)
c.request('POST', '/submit', body=iter([body[:500], body[500:]]) if chunked else body, headers={'Content-Type': 'multipart/form-data; boundary=' + b}, encode_chunked=chunked)
r = c.getresponse()
assert r.status == 200, r.status
sys.stdout.write(r.read().decode())
`
  test.each(['whole', 'chunked'])('sends a report, %s', async (way) => {
    const { stdout } = await run('python3', ['-c', script, edge.url, dumpPath, way])
    const { rawCrash, dumps } = await reportOf(stdout)
    expect(rawCrash.ProductName).toBe('Python')
    expect(dump.equals(dumps[0]!.bytes)).toBe(true)
  })
})

describe('Node', () => {
  test('sends a report as FormData', async () => {
    const form = new FormData()
    form.append('ProductName', 'Node')
    form.append('upload_file_minidump', new Blob([new Uint8Array(dump)]), 'a.dmp')
    const response = await fetch(`${edge.url}/submit`, { method: 'POST', body: form })
    expect((await reportOf(await response.text())).rawCrash.ProductName).toBe('Node')
  })
})

/** Crashpad's own HTTP client on Android and Fuchsia sends chunked HTTP/1.0, and cannot read chunked responses. */
describe('a raw socket', () => {
  test('sends chunked HTTP/1.0 and gets a response with a length', async () => {
    const crashpad = (await clientBodies()).find(({ name }) => name.startsWith('Crashpad'))!
    const { hostname, port } = new URL(edge.url)
    const headers = Object.entries(crashpad.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(Number(port), hostname)
    const answer = new Promise<string>((done, fail) => {
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (/CrashID=.*\n$/.test(text)) done(text)
      })
      socket.on('end', () => done(text)).on('error', fail)
    })
    socket.write(
      `POST /submit?guid=x HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${headers.join('')}\r\n`,
    )
    for (let at = 0; at < crashpad.body.length; at += 1000) {
      const chunk = crashpad.body.subarray(at, at + 1000)
      socket.write(`${chunk.length.toString(16)}\r\n`)
      socket.write(chunk)
      socket.write('\r\n')
    }
    socket.write('0\r\n\r\n')
    const text = await answer
    socket.destroy()
    expect(text).toMatch(/^HTTP\/1\.[01] 200 /)
    expect(text.toLowerCase()).not.toContain('transfer-encoding')
    expect(text).toMatch(/content-length: 48\r\n/i)
    expect((await reportOf(text.slice(text.indexOf('CrashID')))).rawCrash).toMatchObject({
      ProductName: 'App',
      prod: 'App',
    })
  })
})

const handler = ['/usr/lib/chromium/chrome_crashpad_handler', '/opt/chromium/chrome_crashpad_handler'].find(
  existsSync,
)
const chromium = ['/usr/lib/chromium/chromium', '/opt/chromium/chromium'].find(existsSync)

describe.skipIf(!handler || !chromium)("Chromium's Crashpad handler", () => {
  test('uploads a crash of Chromium, with gzip and in chunks', async () => {
    const database = await crashChromium(join(dir, 'crashpad'))
    const { rawCrash, dumps } = await upload(database, '/submit')
    expect(rawCrash).toMatchObject({ prod: 'Chrome_Linux', ProductName: 'Chrome_Linux', plat: 'Linux' })
    expect(rawCrash.Version).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    expect(rawCrash.metadata).toMatchObject({ payload_compressed: '1' })
    expect(rawCrash.metadata.user_agent).toContain('Crashpad/')
    expect(Buffer.from(dumps[0]!.bytes.subarray(0, 4)).toString()).toBe('MDMP')
    expect(dumps[0]!.name).toBe('upload_file_minidump')
  }, 90_000)

  test('uploads to the DSN of a Sentry project, with the files that sentry-native attaches', async () => {
    const database = await crashChromium(join(dir, 'sentry'))
    const report = (await readdir(join(database, 'pending'))).find((name) => name.endsWith('.dmp'))!
    const attachments = join(database, 'attachments', report.replace('.dmp', ''))
    await mkdir(attachments, { recursive: true })
    const event = { event_id: 'ab'.repeat(16), release: 'editor@1.2+3', environment: 'beta' }
    await writeFile(join(attachments, '__sentry-event'), encode(event))
    await writeFile(join(attachments, '__sentry-breadcrumb1'), encode({ message: 'before' }))
    await writeFile(join(attachments, '__sentry-breadcrumb2'), '')
    const { rawCrash, dumps } = await upload(database, '/api/42/minidump/?sentry_key=abc')
    expect(rawCrash).toMatchObject({
      ProductName: 'editor',
      Version: '1.2',
      BuildID: '3',
      ReleaseChannel: 'beta',
      SentryProject: '42',
      Breadcrumbs: '[{"message":"before"}]',
      prod: 'Chrome_Linux',
    })
    expect(dumps.map(({ name }) => name)).toEqual(['upload_file_minidump'])
  }, 90_000)
})

/** Lets the handler upload the pending reports of the database; returns the report that the edge stored. */
async function upload(database: string, path: string): Promise<StoredReport> {
  await enableUploads(join(database, 'settings.dat'))
  const before = await allReports()
  const child = startHandler(database, edge.url + path)
  let added: [string, StoredReport][] = []
  await until(async () => {
    added = [...(await allReports())].filter(([id]) => !before.has(id))
    return added.length > 0
  }).finally(() => child.kill())
  return added[0]![1]
}

/** Starts headless Chromium and makes it crash with a segmentation fault; returns its Crashpad database. */
async function crashChromium(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${join(folder, 'profile')}`,
    'about:blank',
  ]
  // Chromium stores crashes without user consent only in headless mode.
  const env = { ...process.env, CHROME_HEADLESS: '1', BREAKPAD_DUMP_LOCATION: folder }
  const child = spawn(chromium!, args, { stdio: 'ignore', env })
  try {
    await until(() => existsSync(join(folder, 'settings.dat')))
    // The file appears when the browser listens, long after its crash handler has started.
    await until(() => existsSync(join(folder, 'profile/DevToolsActivePort')))
    child.kill('SIGSEGV')
    await until(async () => {
      const pending = await readdir(join(folder, 'pending')).catch((): string[] => [])
      // Crashpad writes the metadata of a report before it moves its dump here.
      return pending.some((name) => name.endsWith('.meta') && pending.includes(name.replace('.meta', '.dmp')))
    })
    return folder
  } finally {
    child.kill('SIGKILL')
  }
}

/** Bit 0 of the options, a word at offset 8 (crashpad: client/settings.cc). */
async function enableUploads(path: string): Promise<void> {
  const settings = await readFile(path)
  settings[8]! |= 1
  await writeFile(path, settings)
}

/** Runs only the handler; Python creates the client's end of its socket. */
function startHandler(database: string, url: string): ChildProcess {
  const script = `
import os, socket, subprocess, sys, signal
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.set_inheritable(b.fileno(), True)
p = subprocess.Popen([x.replace('FD', str(b.fileno())) for x in sys.argv[1:]], pass_fds=[b.fileno()])
signal.signal(signal.SIGTERM, lambda *_: p.kill())
p.wait()
`
  const args = [`--database=${database}`, `--url=${url}`, '--no-rate-limit', '--initial-client-fd=FD']
  return spawn('python3', ['-c', script, handler!, ...args], { stdio: 'ignore' })
}
