// The whole system as `npm start` runs it, on a free port.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export interface RunningSystem {
  /** Without a trailing slash. */
  url: string
  /** The output until it was ready. */
  text: string
  /** Interrupts it, waits for its end, removes a temporary folder. Returns the exit code. */
  stop(): Promise<number | null>
}

/**
 * @param folder has the folders `state` and `cache`; null: a temporary folder
 * @param env added to the environment of the tests
 * @param history also the made-up days before today, which take longer
 * @throws Error with the output when it ends before it is ready
 */
export async function startSystem(
  folder: string | null = null,
  env: Record<string, string> = {},
  { history = false }: { history?: boolean } = {},
): Promise<RunningSystem> {
  const scratch = folder ?? mkdtempSync(join(tmpdir(), 'mayday-system-'))
  const args = ['batch/mayday.ts', 'dev', '--port', '0', '--store-dir', join(scratch, 'state')]
  if (!history) args.push('--no-history')
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env, MAYDAY_CACHE: join(scratch, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const text = await textUntilReady(child, ended)
  const url = /Dashboard +(\S+)\//.exec(text)?.[1]
  const stop = async () => {
    child.kill('SIGINT')
    const code = await ended
    if (folder === null) rmSync(scratch, { recursive: true, force: true })
    return code
  }
  if (url) return { url, text, stop }
  await stop()
  throw new Error(`mayday dev did not start:\n${text}`)
}

function textUntilReady(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  let text = ''
  return new Promise((done) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (text.includes('Ctrl-C')) done(text)
      })
    }
    void ended.then(() => done(text))
  })
}
