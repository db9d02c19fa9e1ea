// promtool, which checks metrics and alert rules, where it is installed (Debian package prometheus).
import { spawnSync } from 'node:child_process'

/** Whether tests that need it can run. */
export const hasPromtool = spawnSync('promtool', ['--version']).error === undefined

/** Runs promtool; its exit code and all of its output. */
export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 30_000 })
  return { status, output: stdout + stderr }
}
