// Runs the command `mayday` with arguments; returns output and exit code.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { main } from '../../batch/program.ts'

const root = resolve(import.meta.dirname, '../..')

/** Variables of the developer that tests must not use. */
const testEnvironment = { PORT: '', MAYDAY_STORE: '' }

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs in a separate process, as a user would.
 * @param env added to the environment of the tests
 */
export function runMayday(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [resolve(root, 'batch/mayday.js'), ...args], {
    cwd: root,
    env: { ...process.env, ...testEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, stdout, stderr }))
  })
}

let previous: Promise<unknown> = Promise.resolve()

/**
 * Runs in this process, which is much faster. Calls run one after another, because they share the environment and the
 * output streams. Not for commands that read standard input or wait for signals.
 * @param env added to the environment of the tests
 */
export function callMayday(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = previous.then(() => runMain(args, { ...testEnvironment, ...env }))
  previous = outcome.catch(() => {})
  return outcome
}

async function runMain(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
  const saved = Object.keys(env).map((name) => [name, process.env[name]] as const)
  const { exitCode } = process
  const output = captureOutput()
  Object.assign(process.env, env)
  process.exitCode = undefined
  try {
    return { code: await main(args), ...output.text }
  } finally {
    output.stop()
    process.exitCode = exitCode
    for (const [name, value] of saved)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
}

/** Collects what is written to standard output and standard error until `stop`. */
function captureOutput(): { text: { stdout: string; stderr: string }; stop(): void } {
  const text = { stdout: '', stderr: '' }
  const undo = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const { write } = stream
    stream.write = (data: string | Uint8Array, ...rest: unknown[]) => {
      text[name] += typeof data === 'string' ? data : Buffer.from(data).toString()
      const written = rest.at(-1)
      if (typeof written === 'function') written()
      return true
    }
    return () => {
      stream.write = write
    }
  })
  return {
    text,
    stop() {
      for (const restore of undo) restore()
    },
  }
}
