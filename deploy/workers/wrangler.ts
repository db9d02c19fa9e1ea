// Runs wrangler with a deadline.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'

const root = resolve(import.meta.dirname, '../..')
const program = resolve(root, 'node_modules/wrangler/bin/wrangler.js')
const endWithin: Millis = 300_000

/**
 * Returns its standard output. It may ask the user to log in, so it shares standard input and error.
 * @throws CrashError 'bad-config' with what it was to do and its output; 'timeout' after five minutes
 */
export async function wrangler(args: readonly string[], purpose: string): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    stdio: ['inherit', 'pipe', 'inherit'],
    timeout: endWithin,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((done, fail) => {
    child.once('error', fail)
    child.once('close', (...end) => done(end))
  })
  if (signal) throw new CrashError('timeout', `wrangler ended by ${signal} while it was to ${purpose}`)
  if (code !== 0) throw new CrashError('bad-config', `wrangler failed to ${purpose}:\n${output.trim()}`)
  return output
}
