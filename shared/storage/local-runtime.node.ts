// Runs a Worker on the local Workers runtime (workerd) through Miniflare, with the bindings that wrangler.toml declares.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Miniflare, MiniflareOptions, WorkerOptions } from 'miniflare'
import { CrashError } from '../errors.ts'
import { makeFolder } from '../make-folder.node.ts'
import { present } from '../present.ts'
import { retry } from '../retry.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const startWithinMs = 60_000

/** Where `wrangler dev` keeps the state of local Workers by default. */
export const defaultStateDir = join(root, '.wrangler/state')

export interface LocalWorkerOptions {
  name: string
  /** Module with the Worker as its default export, relative to the root of the project. */
  entry: string
  /** Folder whose subfolder `v3` holds the state of R2, as for `wrangler dev --persist-to`. */
  stateDir: string
  /** On 127.0.0.1; 0, the default: any free port. */
  port?: number
  /** Settings and secrets. They go to the runtime over a pipe and are not printed. */
  vars?: Readonly<Record<string, string>>
  /** Module of a Worker that receives the requests in front of it, and reaches it by its binding `EDGE`. */
  front?: string
  /** Binds the R2 buckets and `vars` alone. */
  bucketsOnly?: true
  /** Receives the lines that the Worker writes to its console. */
  onLog?: (line: string) => void
  /** Opens an inspector on this port. */
  inspectorPort?: number
  /** Called before each further attempt to start, while another process holds a lock on the state. */
  onRetry?: () => void
}

export interface LocalWorker {
  /** Without a slash at the end. */
  url: string
  /** Bindings of R2 buckets in wrangler.toml. */
  buckets: readonly string[]
  /** Its WebSocket, if `inspectorPort` is set. */
  inspectorUrl(): Promise<URL>
  stop(): Promise<void>
}

/** What is used of wrangler.toml: https://developers.cloudflare.com/workers/wrangler/configuration/ */
interface WranglerConfig {
  compatibility_date: string
  compatibility_flags?: string[]
  vars?: Record<string, string>
  r2_buckets?: { binding: string; bucket_name: string }[]
  ratelimits?: { name: string; namespace_id: string; simple: { limit: number; period: 10 | 60 } }[]
  assets?: { directory: string; binding: string; not_found_handling: 'single-page-application' }
}

/**
 * Bundles and starts a Worker, and waits until it listens. Needs no network. Several Workers may use one state folder.
 * @throws CrashError 'bad-config' when a development package is missing or the Worker does not bundle; 'timeout'
 */
export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const { Log, LogLevel } = await developmentPackage(import('miniflare'))
  const wrangler = await readWranglerConfig()
  const { port = 0, inspectorPort, onLog = () => {} } = options
  // Miniflare does not start without the folder, which the build of the dashboard makes.
  if (wrangler.assets) makeFolder(join(root, wrangler.assets.directory))
  const instance: MiniflareOptions = {
    host: '127.0.0.1',
    port: options.front === undefined ? port : 0,
    ...present({ inspectorPort }),
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }) => onLog(message),
    // Otherwise Miniflare asks the network for its location, and other processes for their Workers.
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    resourcePersistencePath: resolve(options.stateDir, 'v3'),
    workers: [
      ...(options.front === undefined ? [] : [frontOptions(options, await bundle(options.front), wrangler)]),
      workerOptions(options, await bundle(options.entry), wrangler),
    ],
  }
  const { miniflare, url } = await startRuntime(instance, options)
  return {
    url: url.origin,
    buckets: (wrangler.r2_buckets ?? []).map(({ binding }) => binding),
    // The runtime inspects each Worker at a path of its own.
    inspectorUrl: async () => new URL(`/core:user:${options.name}`, await miniflare.getInspectorURL()),
    stop: () => miniflare.dispose(),
  }
}

/** A runtime that creates its databases locks them, and others that start on the same folder at that time fail. */
function startRuntime(
  instance: MiniflareOptions,
  { front, onRetry = () => {} }: LocalWorkerOptions,
): Promise<{ miniflare: Miniflare; url: URL }> {
  const start = async () => {
    const { Miniflare } = await developmentPackage(import('miniflare'))
    const miniflare = new Miniflare(instance)
    try {
      const ready = await startedInTime(miniflare.ready)
      return { miniflare, url: front === undefined ? ready : await miniflare.unsafeGetDirectURL(frontName) }
    } catch (error) {
      await miniflare.dispose()
      throw error
    }
  }
  const isTransient = (error: unknown) => /\bSQLITE_BUSY\b/.test(String(error))
  return retry(start, { isTransient, onRetry, attempts: 10, longestPause: 1000 })
}

type Bindings = NonNullable<WorkerOptions['config']['env']>

const frontName = 'front'

function frontOptions(
  { name, port = 0 }: LocalWorkerOptions,
  code: string,
  wrangler: WranglerConfig,
): WorkerOptions {
  return {
    // Past Miniflare's own front.
    dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port }] },
    config: {
      name: frontName,
      ...moduleOptions(code, wrangler),
      env: { EDGE: { type: 'worker', worker: name } },
    },
  }
}

const moduleOptions = (code: string, wrangler: WranglerConfig) => ({
  compatibilityDate: wrangler.compatibility_date,
  compatibilityFlags: wrangler.compatibility_flags,
  manifest: {
    mainModule: 'worker.js',
    modules: { 'worker.js': { type: 'esm' as const, contents: code } },
  },
})

function workerOptions(options: LocalWorkerOptions, code: string, wrangler: WranglerConfig): WorkerOptions {
  const { assets } = wrangler
  return {
    config: {
      name: options.name,
      ...moduleOptions(code, wrangler),
      env: {
        ...dataBindings(wrangler, options.vars),
        ...(!options.bucketsOnly && platformBindings(wrangler)),
      },
      ...(assets &&
        !options.bucketsOnly && {
          assets: {
            directory: join(root, assets.directory),
            notFoundHandling: assets.not_found_handling,
            runWorkerFirst: true,
            hasUserWorker: true,
          },
        }),
    },
  }
}

const dataBindings = (
  { r2_buckets = [], vars }: WranglerConfig,
  more: LocalWorkerOptions['vars'],
): Bindings =>
  Object.fromEntries([
    ...r2_buckets.map(({ binding, bucket_name }) => [binding, { type: 'r2', name: bucket_name }]),
    ...Object.entries({ ...vars, ...more }).map(([name, value]) => [name, { type: 'text', value }]),
  ])

const platformBindings = ({ ratelimits = [], assets }: WranglerConfig): Bindings =>
  Object.fromEntries([
    ...ratelimits.map(({ name, namespace_id, simple }) => [
      name,
      { type: 'rate-limit', namespace: namespace_id, simple },
    ]),
    ...(assets ? [[assets.binding, { type: 'assets' }]] : []),
  ])

async function bundle(entry: string): Promise<string> {
  const { build } = await developmentPackage(import('esbuild'))
  try {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['node:*', 'cloudflare:*'],
      logLevel: 'silent',
    })
    return outputFiles[0]!.text
  } catch (cause) {
    throw new CrashError('bad-config', `${entry} does not bundle: ${(cause as Error).message}`, { cause })
  }
}

async function readWranglerConfig(): Promise<WranglerConfig> {
  const { parse } = await developmentPackage(import('smol-toml'))
  const text = await readFile(join(root, 'wrangler.toml'), 'utf8')
  try {
    return parse(text) as unknown as WranglerConfig
  } catch (cause) {
    throw new CrashError('bad-config', `wrangler.toml: ${(cause as Error).message}`, { cause })
  }
}

async function developmentPackage<T>(module: Promise<T>): Promise<T> {
  try {
    return await module
  } catch (cause) {
    throw new CrashError(
      'bad-config',
      'The local Workers runtime needs a checkout with its development packages (`npm ci`). Elsewhere use `mayday serve`, and a store `file:…` or `s3:…`',
      { cause },
    )
  }
}

async function startedInTime<T>(ready: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `The local Workers runtime did not start within ${startWithinMs / 1000} s`
    timer = setTimeout(() => reject(new CrashError('timeout', message)), startWithinMs)
  })
  try {
    return await Promise.race([ready, late])
  } finally {
    clearTimeout(timer)
  }
}
