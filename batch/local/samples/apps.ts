// The imaginary programs whose crashes `mayday dev` sends: each real dump represents a crash of one of them.
import type { ClientKind } from '../../exchange/client-requests.ts'
import { present } from '../../../shared/present.ts'

/** One release of an app; `share` is relative to the other releases. */
export interface Release {
  version: string
  channel: string
  buildId: string
  share: number
}

/** One kind of crash of an app: dump, relative frequency, annotations. */
export interface SampleCrash {
  /** `dumps/<name>` or `synthetic/<name>` of the fixtures; null: a crash without a minidump. */
  dump: string | null
  times: number
  processType?: string
  /** Annotations of this crash only. */
  extra?: Readonly<Record<string, string>>
}

/** The annotations an app uses for product and version. */
export type Naming = 'ProductName' | 'prod' | 'product' | '_productName'

export interface SampleApp {
  product: string
  client: ClientKind
  naming: Naming
  releases: readonly Release[]
  /** A channel that the sample policy samples. */
  sampledChannel?: string
  crashes: readonly SampleCrash[]
}

const dumps = (list: Record<string, number>, processType?: string): SampleCrash[] =>
  Object.entries(list).map(([name, times]) => ({
    dump: `dumps/${name}.dmp.gz`,
    times,
    ...present({ processType }),
  }))

const javaStackTrace = `java.lang.IllegalStateException: Reading was closed
	at org.example.tern.sensor.Reading.value(Reading.kt:41)
	at org.example.tern.ui.Dial.onDraw(Dial.kt:112)
	at android.view.View.draw(View.java:23889)`

/** Six apps: a browser, an Electron editor, a desktop program, an arm64 app, a build service, a data tool. */
export const sampleApps: readonly SampleApp[] = [
  {
    product: 'Heron',
    client: 'firefox',
    naming: 'ProductName',
    releases: [
      { version: '131.0', channel: 'release', buildId: '20261012094512', share: 6 },
      { version: '132.0b4', channel: 'beta', buildId: '20261019180501', share: 3 },
      { version: '133.0a1', channel: 'nightly', buildId: '20261021093044', share: 2 },
      { version: '128.4.0esr', channel: 'esr', buildId: '20261005110000', share: 1 },
    ],
    sampledChannel: 'release',
    crashes: [
      ...dumps({ 'chromium-crash-1': 9, 'chromium-renderer-oom': 6 }, 'content'),
      ...dumps({ 'chromium-browser-segv': 4, 'chromium-rust': 2, 'cpp-threads-O0-deadlock': 2 }),
      ...dumps({ 'chromium-network-segv': 3 }, 'utility'),
    ],
  },
  {
    product: 'Quill',
    client: 'electron',
    naming: '_productName',
    releases: [
      { version: '4.2.1', channel: 'stable', buildId: '20260930', share: 5 },
      { version: '4.3.0', channel: 'stable', buildId: '20261014', share: 3 },
      { version: '4.4.0-insider', channel: 'insider', buildId: '20261021', share: 2 },
    ],
    crashes: [
      ...dumps({ 'node-abort': 5, 'node-busy-json': 3 }, 'browser'),
      ...dumps({ 'cpp-templates-O0-coroutine': 2, 'cpp-deep-O2-jit': 2 }, 'renderer'),
      ...dumps({ 'cpp-loader-inside': 2 }, 'utility'),
    ],
  },
  {
    product: 'Ledger',
    client: 'breakpad',
    naming: 'prod',
    releases: [
      { version: '2.8.0', channel: 'stable', buildId: '20260901101010', share: 4 },
      { version: '2.9.1', channel: 'stable', buildId: '20261003101010', share: 4 },
      { version: '3.0.0-rc2', channel: 'beta', buildId: '20261018101010', share: 2 },
    ],
    crashes: [
      ...dumps({
        'cpp-basics-O0-null-read': 8,
        'cpp-basics-O0-use-after-free': 4,
        'cpp-basics-O0-uncaught': 3,
        'cpp-basics-O2-vector-at': 3,
        'cpp-basics-O0-double-free': 2,
        'cpp-basics-O2-stack-smash': 2,
        'cpp-basics-O2-bad-alloc': 2,
        'cpp-basics-O0-pure-virtual': 1,
        'cpp-basics-O3-dw4-qsort': 1,
        'cpp-basics-O2-trap': 1,
        'cpp-basics-m32-O0-null-read': 3,
        'cpp-basics-m32-O0-abort': 2,
        'cpp-templates-m32-sort': 1,
        'cpp-deep-m32-mutual-60': 1,
        'c-noinfo-m32-qsort': 1,
        'cpp-threads-O0-queue': 2,
      }),
      { dump: 'synthetic/windows-amd64-null-read.dmp', times: 7 },
      { dump: 'synthetic/windows-x86-cpp-exception.dmp', times: 3 },
      { dump: 'synthetic/macos-arm64-bad-access.dmp', times: 4 },
      { dump: 'synthetic/macos-amd64-breakpoint.dmp', times: 2 },
      {
        dump: 'dumps/cpp-basics-O0-null-read.dmp.gz',
        times: 1,
        extra: { Comments: 'It closed when I opened the March report.', Email: 'someone@example.org' },
      },
    ],
  },
  {
    product: 'Tern',
    client: 'android',
    naming: 'ProductName',
    releases: [
      { version: '11.0', channel: 'release', buildId: '20261001080000', share: 5 },
      { version: '11.1', channel: 'beta', buildId: '20261016080000', share: 2 },
    ],
    crashes: [
      ...dumps({
        'arm64-basics-O0-abort': 3,
        'arm64-threads-O1-queue': 5,
        'arm64-deep-O2-overflow': 2,
        'arm64-templates-O1-sort': 2,
        'arm64-inlines-O2-parser': 2,
      }),
      { dump: null, times: 1, extra: { JavaStackTrace: javaStackTrace } },
    ],
  },
  {
    product: 'Forge',
    client: 'crashpad',
    naming: 'product',
    releases: [
      { version: '0.31.0', channel: 'stable', buildId: '31000', share: 3 },
      { version: '0.32.0', channel: 'stable', buildId: '32000', share: 3 },
      { version: '0.33.0-dev', channel: 'dev', buildId: '33014', share: 2 },
    ],
    crashes: dumps({
      'rust-panics-abort-index': 4,
      'rust-threads-release-pool': 4,
      'rust-asyncs-release-boxed': 2,
      'rust-generics-release-dyn': 2,
      'rust-stack-release-drop': 2,
      'cpp-templates-O0-ranges': 1,
      'cpp-templates-O2-virtual': 1,
      'cpp-inlines-O2-parser': 2,
      'cpp-inlines-O3-lto-scoped': 1,
      'cpp-deep-O2-overflow': 2,
      'cpp-deep-O0-tree-150': 1,
      'cpp-deep-O0-nested-signals': 1,
      'c-noinfo-scan-descend': 1,
      'c-noinfo-stripped-jump': 1,
    }),
  },
  {
    product: 'Almanac',
    client: 'breakpad',
    naming: 'ProductName',
    releases: [
      { version: '7.4', channel: 'lts', buildId: '20260815120000', share: 3 },
      { version: '8.0', channel: 'stable', buildId: '20261009120000', share: 4 },
    ],
    crashes: [
      ...dumps({
        'python-main': 3,
        'python-busy-json': 2,
        'java-idle': 2,
        'sqlite3-busy': 2,
        'bash-loop': 1,
        'xz-threads': 1,
        'git-pack': 1,
        'cpp-request-main': 1,
      }),
    ],
  },
]
