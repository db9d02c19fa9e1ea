// The submissions of each kind of crash client, byte for byte as its source code builds them, and the expected content.
// Sources: https://chromium.googlesource.com/breakpad/breakpad (src/common, src/tools), https://chromium.googlesource.com/crashpad/crashpad
// (util/net/http_multipart_builder.cc), https://searchfox.org/mozilla-central/source/toolkit/crashreporter,
// https://github.com/electron/electron/blob/main/shell/common/crash_keys.cc
import { concat, fakeDump, gzip } from './crash-request.ts'

export interface ClientBody {
  /** Client and variant. */
  name: string
  body: Uint8Array
  headers: Record<string, string>
  /** Sent in chunks, without a Content-Length. */
  chunked: boolean
  /** Query string that some clients add. */
  query?: string
  expected: {
    product: string
    version: string
    annotations: Record<string, unknown>
    files: Record<string, Uint8Array>
  }
}

const dump = fakeDump(20_000, 7)
const log = concat('BZh91AY&SY', fakeDump(300, 9))
const disposition = (rest: string) => `Content-Disposition: form-data; ${rest}\r\n`
const binary = 'Content-Type: application/octet-stream\r\n'

/** Parts that each end in a line break, and the closing delimiter. */
function form(boundary: string, parts: readonly (readonly (string | Uint8Array)[])[]): Uint8Array {
  return concat(...parts.flatMap((part) => [`--${boundary}\r\n`, ...part, '\r\n']), `--${boundary}--\r\n`)
}

const typed = (boundary: string, userAgent: string) => ({
  'content-type': `multipart/form-data; boundary=${boundary}`,
  'user-agent': userAgent,
})
const field = (name: string, value: string) => [disposition(`name="${name}"`), '\r\n', value]
const mainFile = (filename: string) => [
  disposition(`name="upload_file_minidump"; filename="${filename}"`),
  binary,
  '\r\n',
  dump,
]
const onlyMain = { upload_file_minidump: dump }

function breakpadLinux(): ClientBody {
  const boundary = '------------------------2f6a1ec4d8a1b0c3'
  return {
    name: 'Breakpad on Linux, minidump_upload',
    body: form(boundary, [field('prod', 'App'), field('ver', '1.2'), mainFile('/tmp/a.dmp')]),
    headers: typed(boundary, 'Breakpad/1.0 (Linux)'),
    chunked: false,
    expected: { product: 'App', version: '1.2', annotations: { prod: 'App', ver: '1.2' }, files: onlyMain },
  }
}

function breakpadGoogleLinux(): ClientBody {
  const boundary = '------------------------aaaa1ec4d8a1b0c3'
  const fields = { comments_: '', ctime: '17', email: '', guid: 'g', prod: 'App', ptime: '5', ver: '1.2' }
  return {
    name: 'Breakpad on Linux, the Google sender: file first',
    body: form(boundary, [
      mainFile('a.dmp'),
      ...Object.entries(fields).map(([name, value]) => field(name, value)),
    ]),
    headers: typed(boundary, 'Breakpad/1.0 (Linux)'),
    chunked: false,
    expected: { product: 'App', version: '1.2', annotations: fields, files: onlyMain },
  }
}

function breakpadWindows(): ClientBody {
  const boundary = `${'-'.repeat(27)}00000a1b2c3d4e5f`
  const path = 'C:\\Users\\Jo\\AppData\\Local\\Temp\\"quoted"\\a.dmp'
  return {
    name: 'Breakpad on Windows: the full path as file name',
    body: form(boundary, [field('prod', 'App'), field('ver', '1.2'), mainFile(path)]),
    headers: typed(boundary, 'Breakpad/1.0 (Windows)'),
    chunked: false,
    expected: { product: 'App', version: '1.2', annotations: { prod: 'App' }, files: onlyMain },
  }
}

function breakpadMac(): ClientBody {
  const boundary = 'E3F1A0C2-1D2E-4B5A-9C7D-0123456789AB'
  const part = (name: string, bytes: Uint8Array) =>
    concat(`--${boundary}\r\n`, disposition(`name="${name}"; filename="minidump.dmp"`), binary, '\r\n', bytes)
  return {
    name: 'Breakpad on macOS: encoded names, no line break before the second file',
    body: concat(
      ...[field('prod', 'App'), field('ver', '1.2'), field('a%20key%2Fwith', 'v')].flatMap((one) => [
        `--${boundary}\r\n`,
        ...one,
        '\r\n',
      ]),
      part('upload_file_minidump', dump),
      part('log', log),
      `\r\n--${boundary}--\r\n`,
    ),
    headers: typed(boundary, 'App/1.2 CFNetwork/1.0'),
    chunked: false,
    query: '?product=App&version=1.2&guid=g',
    expected: {
      product: 'App',
      version: '1.2',
      annotations: { 'a key/with': 'v' },
      files: { upload_file_minidump: dump, log },
    },
  }
}

async function crashpad(): Promise<ClientBody> {
  const boundary = `---MultipartBoundary-${'aB3'.repeat(10)}zz---`
  const names = ['guid', 'list_annotations', 'prod', 'quoted"name%', 'ver']
  const values: Record<string, string> = {
    guid: '5e12',
    list_annotations: 'a\nb',
    prod: 'App',
    'quoted"name%': 'x',
    ver: '1.2',
  }
  const encoded = (name: string) => name.replaceAll('%', '%25').replaceAll('"', '%22')
  return {
    name: 'Crashpad: gzip, chunked, encoded names',
    body: await gzip(
      form(boundary, [
        ...names.map((name) => field(encoded(name), values[name]!)),
        [disposition('name="attachment.txt"; filename="attachment.txt"'), binary, '\r\n', log],
        mainFile('0a1b2c3d-0000-4000-8000-000000000000.dmp'),
      ]),
    ),
    headers: { ...typed(boundary, 'Crashpad/1.0.0 Linux/6.1 (x86_64)'), 'content-encoding': 'gzip' },
    chunked: true,
    query: '?product=App&version=1.2&guid=5e12',
    expected: {
      product: 'App',
      version: '1.2',
      annotations: values,
      files: { attachmenttxt: log, upload_file_minidump: dump },
    },
  }
}

async function electron(): Promise<ClientBody> {
  const boundary = `---MultipartBoundary-${'e'.repeat(32)}---`
  const sent = {
    _companyName: 'Co',
    _productName: 'Editor',
    _version: '7.0.1',
    'electron.v8-fatal.location__1': 'long ',
    'electron.v8-fatal.location__2': 'value',
    guid: 'g',
    platform: 'linux',
    process_type: 'renderer',
    prod: 'Electron',
    ver: '33.0.0',
  }
  return {
    name: 'Electron: its own product and the real one, long values in pieces',
    body: await gzip(
      form(boundary, [...Object.entries(sent).map(([name, value]) => field(name, value)), mainFile('a.dmp')]),
    ),
    headers: { ...typed(boundary, 'Electron'), 'content-encoding': 'gzip' },
    chunked: true,
    expected: {
      product: 'Editor',
      version: '7.0.1',
      annotations: { prod: 'Electron', 'electron.v8-fatal.location': 'long value' },
      files: onlyMain,
    },
  }
}

function firefoxNative(): ClientBody {
  const boundary = '------------------------d74496d66958873e'
  const extra = {
    ProductName: 'Firefox',
    Version: '145.0',
    Throttleable: '1',
    SubmittedFrom: 'Client',
    Nested: { a: [1] },
  }
  return {
    name: 'Firefox, native reporter: annotations as JSON first',
    body: form(boundary, [
      [
        disposition('name="extra"; filename="extra.json"'),
        'Content-Type: application/json\r\n\r\n',
        JSON.stringify(extra),
      ],
      mainFile('a.dmp'),
      [
        disposition('name="memory_report"; filename="memory.json.gz"'),
        'Content-Type: application/gzip\r\n\r\n',
        log,
      ],
    ]),
    headers: { ...typed(boundary, 'crashreporter/1.0.0'), expect: '100-continue' },
    chunked: false,
    expected: {
      product: 'Firefox',
      version: '145.0',
      annotations: extra,
      files: { upload_file_minidump: dump, memory_report: log },
    },
  }
}

async function firefoxInBrowser(): Promise<ClientBody> {
  const data = new FormData()
  const extra = { ProductName: 'Firefox', Version: '145.0', Throttleable: '0' }
  data.append('extra', new Blob([JSON.stringify(extra)], { type: 'application/json' }), 'extra.json')
  data.append('upload_file_minidump', new Blob([dump], { type: 'application/octet-stream' }), 'a.dmp')
  data.append(
    'upload_file_minidump_browser',
    new Blob([log], { type: 'application/octet-stream' }),
    'a-browser.dmp',
  )
  const request = new Request('http://localhost/', { method: 'POST', body: data })
  return {
    name: 'Firefox, in the browser: FormData with a second minidump',
    headers: {
      'content-type': request.headers.get('content-type')!,
      'user-agent': 'Mozilla/5.0 Firefox/145.0',
    },
    body: new Uint8Array(await request.arrayBuffer()),
    chunked: false,
    expected: {
      product: 'Firefox',
      version: '145.0',
      annotations: extra,
      files: { upload_file_minidump: dump, upload_file_minidump_browser: log },
    },
  }
}

async function firefoxAndroid(): Promise<ClientBody> {
  const boundary = 'iV0sZTKvZ1ZrF3kq'
  const unquoted = (name: string, value: string) =>
    `--${boundary}\r\n${disposition(`name=${name}`)}\r\n${value}\r\n`
  return {
    name: 'Firefox for Android: gzip, bare names, annotations after the dump, an extra line break',
    body: await gzip(
      concat(
        unquoted('ProductName', 'Fenix'),
        unquoted('Version', '145.0'),
        `--${boundary}\r\n`,
        ...mainFile('a.dmp'),
        '\r\n',
        unquoted('CrashType', 'fatal native crash'),
        unquoted('Android_CPU_ABI', 'arm64-v8a'),
        `\r\n--${boundary}--\r\n`,
      ),
    ),
    headers: { ...typed(boundary, 'okhttp/4.12.0'), 'content-encoding': 'gzip' },
    chunked: false,
    query: '?id=x&version=145.0',
    expected: {
      product: 'Fenix',
      version: '145.0',
      annotations: { CrashType: 'fatal native crash', Android_CPU_ABI: 'arm64-v8a' },
      files: onlyMain,
    },
  }
}

async function firefoxAndroidJava(): Promise<ClientBody> {
  const boundary = 'iV0sZTKvZ1ZrF3kq'
  const unquoted = (name: string, value: string) =>
    `--${boundary}\r\n${disposition(`name=${name}`)}\r\n${value}\r\n`
  return {
    name: 'Firefox for Android, a Java exception: no dump',
    body: await gzip(
      concat(
        unquoted('ProductName', 'Fenix'),
        unquoted('JavaStackTrace', 'java.lang.Error\r\n\tat a.b'),
        unquoted('Version', '145.0'),
        `\r\n--${boundary}--\r\n`,
      ),
    ),
    headers: { ...typed(boundary, 'okhttp/4.12.0'), 'content-encoding': 'gzip' },
    chunked: false,
    expected: {
      product: 'Fenix',
      version: '145.0',
      annotations: { JavaStackTrace: 'java.lang.Error\r\n\tat a.b' },
      files: {},
    },
  }
}

function handWritten(): ClientBody {
  const boundary = 'b'
  const text = `--${boundary}\nContent-Disposition: form-data; name="product"\n\nScript\n--${boundary}\nContent-Disposition: form-data; name="version"\n\n3\n--${boundary}--\n`
  return {
    name: 'a script with bare line feeds',
    body: concat(text),
    headers: { 'content-type': `Multipart/Form-Data; charset=utf-8; Boundary="${boundary}"` },
    chunked: true,
    expected: { product: 'Script', version: '3', annotations: { product: 'Script' }, files: {} },
  }
}

/** One body of each client. */
export async function clientBodies(): Promise<ClientBody[]> {
  return [
    breakpadLinux(),
    breakpadGoogleLinux(),
    breakpadWindows(),
    breakpadMac(),
    await crashpad(),
    await electron(),
    firefoxNative(),
    await firefoxInBrowser(),
    await firefoxAndroid(),
    await firefoxAndroidJava(),
    handWritten(),
  ]
}
