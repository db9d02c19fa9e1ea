#!/usr/bin/env node
// Starts mayday.ts. Plain JavaScript, so that a Node that cannot run TypeScript says so in one line.
const needed = 24

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(
    `mayday: Node ${needed} or later is needed, this is ${process.versions.node}: install it, or run npm install and then npm run mayday\n`,
  )
  process.exitCode = 2
} else await import('./mayday.ts')
