// Standard output for results of any size, and safe text for terminals.

/** Writes to standard output, waiting for slow readers. */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()))
  })
}

/** What a command did. */
export interface CommandResult {
  /** For `--json`. */
  report: object
  text: string
  /** Makes the exit code 1. */
  failed?: boolean
}

/** Prints a result as JSON or as text, and sets the exit code. */
export function printResult(options: { json?: true }, { report, text, failed }: CommandResult): void {
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : text)
  if (failed) process.exitCode = 1
}

export { visible } from '../../shared/text/visible.ts'
