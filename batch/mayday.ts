// The command `mayday` as a process.
import { main } from './program.ts'
import { readSettingsFile } from './settings-file.ts'

/** The reader of standard output may close it early, as `head` does: that ends the command without failure. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

endWithReader()
process.exitCode = await main(process.argv.slice(2), () => readSettingsFile(process.env))
