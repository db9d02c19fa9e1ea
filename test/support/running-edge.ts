// A real edge for end-to-end tests: in workerd with R2 on disk, or in Deno with a folder.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { startLocalEdge } from '../../batch/local/local-edge.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

const root = resolve(import.meta.dirname, '../..')
const crashIdKey = 'the key of the tests, not a secret'

export interface RunningEdge {
  /** Without a trailing slash. */
  url: string
  /** The store of this edge as an option of `mayday`. */
  store: string
  /** What it wrote so far to standard output and standard error; in workerd: nothing. */
  output(): string
  stop(): Promise<void>
}

/** The edge in workerd, its R2 below `dir`. `vars` are variables of the Worker. */
export async function startWorkerdEdge(dir: string, vars: Record<string, string> = {}): Promise<RunningEdge> {
  const edge = await startLocalEdge({ port: 0, stateDir: dir, vars: { CRASH_ID_KEY: crashIdKey, ...vars } })
  return { url: edge.url, store: `r2:${dir}`, output: () => '', stop: edge.stop }
}

/** The edge in Deno over the folder `dir`. */
export async function startDenoEdge(dir: string, vars: Record<string, string> = {}): Promise<RunningEdge> {
  const port = await freePort()
  const args = ['serve', '--allow-all', '--host', '127.0.0.1', '--port', String(port), 'edge/runtime/deno.ts']
  return startProgram([join(root, 'node_modules/.bin/deno'), ...args], { dir, port, vars })
}

/** The edge in Node over the folder `dir`. */
export async function startNodeEdge(dir: string, vars: Record<string, string> = {}): Promise<RunningEdge> {
  const port = await freePort()
  const env = { HOST: '127.0.0.1', PORT: String(port), ...vars }
  return startProgram([process.execPath, 'edge/runtime/node-server.ts'], { dir, port, vars: env })
}

/** `mayday serve` over the folder `dir`: the edge in Node, with the API of the tables. */
export async function startServing(dir: string, vars: Record<string, string> = {}): Promise<RunningEdge> {
  const port = await freePort()
  const args = ['batch/mayday.js', 'serve', '--host', '127.0.0.1', '--port', String(port)]
  return startProgram([process.execPath, ...args], { dir, port, vars })
}

/** Starts a program that serves the edge, and waits until it listens. */
async function startProgram(
  [program, ...args]: [string, ...string[]],
  { dir, port, vars }: { dir: string; port: number; vars: Record<string, string> },
): Promise<RunningEdge> {
  const store = `file:${dir}`
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, CRASH_ID_KEY: crashIdKey, MAYDAY_STORE: store, ...vars },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let words = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-1_000_000)
    })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error('It ended')
    const answer = await fetch(`${url}/__lbheartbeat__`).catch(() => null)
    await answer?.body?.cancel()
    return answer?.ok === true
  }
  try {
    await until(isUp)
  } catch (cause) {
    await stop()
    throw new Error(`The edge did not start:\n${words.slice(-4000)}`, { cause })
  }
  return { url, store, output: () => words, stop }
}
