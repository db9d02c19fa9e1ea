// The rounds of `mayday run` in a process of their own: neither their work nor their end affects those who are served.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis } from '../../shared/units.ts'

export interface RoundsProcess {
  /** The metrics of the rounds as Prometheus text; empty while they do not run. */
  metrics(): Promise<string>
  /** Why the rounds are not healthy; null when they are. */
  problem(): Promise<string | null>
  /** Ends after the current step; is killed when that takes longer than `ms`, which is safe. */
  end(ms: Millis): Promise<void>
}

const program = resolve(import.meta.dirname, '../mayday.js')
/** Pause before a process that ended is started again. */
const restartAfter: Millis = 10_000
const answerWithin: Millis = 2000

export interface RoundsOptions {
  /** Of `mayday run`. */
  args: readonly string[]
  write(line: string): void
}

/** Starts the rounds, and starts them again when their process ends. */
export function startRounds({ args, write }: RoundsOptions): RoundsProcess {
  const ending = new AbortController()
  let child: ChildProcess | null = null
  let monitor: string | null = null
  const keepRunning = async () => {
    while (!ending.signal.aborted) {
      // In its own process group: Ctrl-C ends it through this process, in order.
      child = fork(program, ['run', ...args, '--metrics', '127.0.0.1:0'], {
        detached: true,
        stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      })
      for await (const line of linesOf(child.stderr!)) {
        monitor = /^mayday: metrics at (\S+)\/metrics$/.exec(line)?.[1] ?? monitor
        write(line)
      }
      monitor = null
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      if (!ending.signal.aborted)
        write(`mayday: the rounds ended (${child.signalCode ?? child.exitCode}); they start again`)
      await sleep(restartAfter, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const ended = keepRunning()
  const ask = async (path: string): Promise<Response | null> => {
    if (monitor === null) return null
    return fetch(monitor + path, { signal: AbortSignal.timeout(answerWithin) }).catch(() => null)
  }
  return {
    metrics: async () => (await ask('/metrics'))?.text() ?? '',
    async problem() {
      const answer = await ask('/health')
      if (!answer) return 'The rounds do not run'
      await answer.body?.cancel()
      return answer.ok ? null : 'No round has ended well for too long'
    },
    async end(ms) {
      ending.abort()
      if (child?.connected) child.disconnect()
      const late = sleep(ms, 'late', { ref: false })
      if ((await Promise.race([ended, late])) === 'late') child?.kill('SIGKILL')
      await ended
    },
  }
}

async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  if (rest !== '') yield rest
}
