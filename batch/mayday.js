#!/usr/bin/env node
// Starts mayday.ts, or in the npm package what was built from it (deploy/package). In plain JavaScript, so an older Node
// prints one line instead of a syntax error.
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { join } from 'node:path'

const needed = 24

/** `npm run` starts scripts in the folder of the repository; paths are relative to the folder of the caller. */
function enterCallersFolder() {
  const { npm_lifecycle_event: script, npm_package_name: name, INIT_CWD: folder } = process.env
  if (script === 'mayday' && name === 'mayday' && folder && existsSync(folder)) process.chdir(folder)
}

/**
 * A compile cache cuts start-up time by two thirds, of modules that are loaded after this: Node does not even load what
 * removes their types. Worker threads inherit it through the variable.
 */
function reuseCompiledCode() {
  const { NODE_COMPILE_CACHE: given, XDG_CACHE_HOME, HOME } = process.env
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'))
  const folder = given || (caches && join(caches, 'mayday', 'code'))
  if (!folder) return
  process.env.NODE_COMPILE_CACHE = folder
  modules.enableCompileCache(folder)
}

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `mayday: Node ${needed} or later is needed, this is ${process.versions.node}: install it, or run npm install and then npm run mayday\n`,
  )
  process.exitCode = 2
} else {
  enterCallersFolder()
  reuseCompiledCode()
  const source = new URL('./mayday.ts', import.meta.url)
  const built = new URL('../built/batch/mayday.js', import.meta.url)
  await import((existsSync(source) ? source : built).href)
}
