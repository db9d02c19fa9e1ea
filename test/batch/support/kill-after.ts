// A program that is killed in the middle of its writes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'

/**
 * Runs a program of this repository in Node and kills it after it has changed `writes` files of the store at `folder`,
 * unless it ends first. Returns whether it was killed.
 */
export async function killAfter(
  writes: number,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  let seen = 0
  const watcher = watch(folder, { recursive: true }, () => {
    if (++seen >= writes) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'exit')
  watcher.close()
  return signal === 'SIGKILL'
}
