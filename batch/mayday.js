#!/usr/bin/env node
// Starts mayday.ts. In plain JavaScript, so an older Node prints one line instead of a syntax error.
const needed = 24

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `mayday: Node ${needed} or later is needed, this is ${process.versions.node}: install it, or run npm install and then npm run mayday\n`,
  )
  process.exitCode = 2
} else await import('./mayday.ts')
