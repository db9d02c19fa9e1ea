// `mayday serve` on a free port.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { F, multipart, submitRequest, T } from './crash-request.ts'
import { freePort } from './free-port.ts'
import { fixtureDump } from './stored-reports.ts'
import { until } from './until.ts'

export interface RunningServe {
  /** Without a trailing slash. */
  url: string
  /** Standard error so far. */
  words(): string
  /** Sends SIGTERM; returns the exit code. */
  end(): Promise<number | null>
}

export interface ServeOptions {
  /** A store URL. */
  store: string
  /** Added to the environment of the tests. */
  env: Readonly<Record<string, string>>
  /** Further arguments. */
  args?: readonly string[]
}

/** @throws Error with the output when it ends before it is ready */
export async function startServe({ store, env, args = [] }: ServeOptions): Promise<RunningServe> {
  const port = await freePort()
  const address = ['--host', '127.0.0.1', '--port', String(port)]
  const child = spawn(process.execPath, ['batch/mayday.js', 'serve', '--store', store, ...address, ...args], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, CRASH_ID_KEY: 'the key of the tests', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-20_000)
  })
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error(`mayday serve ended:\n${text}`)
    const answer = await fetch(`${url}/__lbheartbeat__`).catch(() => null)
    await answer?.body?.cancel()
    return answer?.ok === true
  }
  await until(isUp, { timeoutMs: 60_000 })
  return {
    url,
    words: () => text,
    async end() {
      child.kill('SIGTERM')
      return (await ended)[0] as number | null
    },
  }
}

const dump = fixtureDump('cpp-basics-O0-null-read')

/** Submits a crash of the product `Fixture`; returns its id, or null unless it was accepted. */
export async function submitFixture(url: string, version: string): Promise<string | null> {
  const parts = [
    ...[T('ProductName', 'Fixture'), T('Version', version), T('BuildID', '20261101093015')],
    ...[T('URL', 'https://secret.example/'), F('upload_file_minidump', dump)],
  ]
  const request = submitRequest(multipart(parts))
  const answer = await fetch(new Request(`${url}/submit`, request)).catch(() => null)
  return /^CrashID=bp-(.{36})\n$/.exec((await answer?.text().catch(() => '')) ?? '')?.[1] ?? null
}
