// Runs a program in a real terminal, which Python's pty provides.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'

/** Whether `converse` can run: it needs python3. */
export const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0

/** What to type after a text has appeared. */
export type Step = readonly [seen: string, typed: string]

const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'

/**
 * Runs a program in a terminal and types each step; returns everything that appeared, without colors and movements. The
 * program ends at the latest with the test.
 */
export async function converse(
  command: readonly string[],
  steps: readonly Step[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const child = spawn('python3', ['-c', script, ...command], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => end(child))
  let shown = ''
  let from = 0
  let next = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += stripVTControlCharacters(text)
    for (let step = steps[next]; step; step = steps[next]) {
      const at = shown.indexOf(step[0], from)
      if (at < 0) return
      from = at + step[0].length
      next++
      child.stdin.write(step[1])
    }
  })
  await once(child, 'close')
  return shown
}

/** Without its terminal, which Python holds, the program gets a SIGHUP. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}
