// Any program that serves the edge, as a process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from './until.ts'

export interface ServerProgram {
  command: readonly string[]
  /** Where it will listen, without a trailing slash. */
  url: string
  cwd: string
  env: Readonly<Record<string, string>>
}

export interface StartedServer extends AsyncDisposable {
  url: string
  /** Waits up to 30 s; throws with the output of the program. */
  until(holds: () => Promise<boolean>): Promise<void>
}

/** Waits until it responds to its liveness probe. Disposing it sends SIGTERM, and SIGKILL after 30 s. */
export async function startServer({ command, url, cwd, env }: ServerProgram): Promise<StartedServer> {
  const [program, ...args] = command
  const child = spawn(program!, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-10_000)
    })
  }
  const ended = once(child, 'exit')
  const waitFor = async (holds: () => Promise<boolean>) => {
    const poll = async () => {
      if (child.exitCode !== null) throw new Error(`It ended:\n${words}`)
      return holds()
    }
    await until(poll, { what: 'the server' }).catch((cause) => {
      throw new Error(`${cause.message}\n${words}`, { cause })
    })
  }
  const end = async () => {
    child.kill('SIGTERM')
    const late = new AbortController()
    sleep(30_000, undefined, { signal: late.signal }).then(
      () => child.kill('SIGKILL'),
      () => {},
    )
    await ended
    late.abort()
  }
  const responds = async () => {
    const answer = await fetch(`${url}/__lbheartbeat__`).catch(() => null)
    await answer?.body?.cancel()
    return answer?.ok === true
  }
  try {
    await waitFor(responds)
  } catch (error) {
    await end()
    throw error
  }
  return { url, until: waitFor, [Symbol.asyncDispose]: end }
}
