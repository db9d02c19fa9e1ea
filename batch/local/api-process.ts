// `mayday serve` as a process of another command: the API for an edge that passes it on.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'

export interface ApiProcess extends AsyncDisposable {
  /** For `API_ORIGIN`: without a trailing slash. */
  url: string
}

const program = resolve(import.meta.dirname, '../mayday.js')
const startWithin: Millis = 60_000
const endWithin: Millis = 30_000

/**
 * Starts it on a port of this machine, and waits until it listens. It ends with this process.
 * @throws CrashError 'timeout', with its output
 */
export async function startApiProcess(
  store: string,
  env: NodeJS.ProcessEnv,
  port: number,
): Promise<ApiProcess> {
  const child = fork(program, ['serve', '--store', store, '--host', '127.0.0.1', '--port', `${port}`], {
    // In its own process group: Ctrl-C ends it through this process.
    detached: true,
    env: { ...env, CLIENT_ADDRESS_HEADER: 'X-Forwarded-For' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const ended = once(child, 'exit')
  const end = async () => {
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), endWithin)
    await ended
    clearTimeout(timer)
  }
  let words = ''
  const url = new Promise<string | null>((found) => {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000)
      const address = /^mayday: serving (\S+)\/$/m.exec(words)?.[1]
      if (address !== undefined) found(address)
    })
    void ended.then(() => found(null))
    setTimeout(() => found(null), startWithin).unref()
  })
  const address = await url
  if (address !== null) return { url: address, [Symbol.asyncDispose]: end }
  await end()
  throw new CrashError('timeout', `The API does not start:\n${words}`)
}
