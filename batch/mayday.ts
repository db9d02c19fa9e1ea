// The command `mayday` as a process.
import { enableCompileCache } from 'node:module'
import { compiledCodeDir } from './config.ts'
import { main } from './program.ts'
import { readSettingsFile } from './settings-file.ts'

/** A compile cache cuts start-up time by two thirds. Worker threads inherit it through the variable. */
function reuseCompiledCode(): void {
  const folder = process.env.NODE_COMPILE_CACHE || compiledCodeDir()
  if (folder === null) return
  process.env.NODE_COMPILE_CACHE = folder
  enableCompileCache(folder)
}

/** The reader of standard output may close it early, as `head` does: that ends the command without failure. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

reuseCompiledCode()
endWithReader()
process.exitCode = await main(process.argv.slice(2), () => readSettingsFile(process.env))
