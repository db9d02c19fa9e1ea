// Runs the command `mayday` with arguments; returns output and exit code.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { main } from '../../batch/program.ts'

const root = resolve(import.meta.dirname, '../..')

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
    env: { ...process.env, PORT: '', MAYDAY_STORE: '', ...env },
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

/**
 * In this process, which is ten times as fast: for bad usage and `--help`, which end before anything is read from
 * standard input or the environment. Not for calls at the same time.
 */
export async function callMayday(args: readonly string[]): Promise<Outcome> {
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  const { exitCode } = process
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name]
    process[name].write = (text: string | Uint8Array) => {
      outcome[name] += text.toString()
      return true
    }
    return () => {
      process[name].write = write
    }
  })
  try {
    outcome.code = await main(args)
  } finally {
    for (const undo of restore) undo()
    process.exitCode = exitCode
  }
  return outcome
}
