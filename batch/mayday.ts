// The command `mayday` as a process.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/** Folder of Node's compile cache; null when the user has no cache folder. */
function compiledCodeDir({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): string | null {
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'))
  return caches ? join(caches, 'mayday', 'code') : null
}

/**
 * A compile cache cuts start-up time by two thirds, of modules that are loaded after this. Worker threads inherit it
 * through the variable.
 */
function reuseCompiledCode(): void {
  const folder = process.env.NODE_COMPILE_CACHE || compiledCodeDir(process.env)
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
const { main } = await import('./program.ts')
const { readSettingsFile } = await import('./settings-file.ts')
process.exitCode = await main(process.argv.slice(2), () => readSettingsFile(process.env))
