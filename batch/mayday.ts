#!/usr/bin/env node
// The command `mayday`: finds the subcommand, loads only its file, maps errors to exit codes.
import { enableCompileCache } from 'node:module'
import { Command, CommanderError } from 'commander'
import { isCrashError } from '../shared/errors.ts'
import { compiledCodeDir, environment } from './config.ts'

/** Every subcommand. Each stands in `commands/<name>.ts` and exports `build(command)`, which adds options and action. */
const commands = {
  dev: {
    summary: 'the whole system on this machine, with sample crashes',
    load: () => import('./commands/dev.ts'),
  },
  edge: { summary: 'the edge on the local Workers runtime', load: () => import('./commands/edge.ts') },
  submit: { summary: 'send crash reports as a client would', load: () => import('./commands/submit.ts') },
  process: {
    summary: 'process all stored reports that are new',
    load: () => import('./commands/process.ts'),
  },
  reprocess: {
    summary: 'process crashes again after rules or symbols changed',
    load: () => import('./commands/reprocess.ts'),
  },
  aggregate: {
    summary: 'tables to the JSON that the dashboard shows',
    load: () => import('./commands/aggregate.ts'),
  },
  sql: { summary: 'DuckDB over the tables', load: () => import('./commands/sql.ts') },
  stackwalk: { summary: 'walk the stacks of minidumps', load: () => import('./commands/stackwalk.ts') },
  signature: {
    summary: 'make the signatures of crashes and tell how they came about',
    load: () => import('./commands/signature.ts'),
  },
  symbols: {
    summary: 'index symbol files, look addresses up in them',
    load: () => import('./commands/symbols.ts'),
  },
  policy: {
    summary: 'check a policy of the edge, and tell what it does with a report',
    load: () => import('./commands/policy.ts'),
  },
  verify: {
    summary: 'check that raw, processed and tables agree',
    load: () => import('./commands/verify.ts'),
  },
  expire: {
    summary: 'remove what is older than the products allow',
    load: () => import('./commands/expire.ts'),
  },
  expunge: { summary: 'erase crashes everywhere', load: () => import('./commands/expunge.ts') },
  run: { summary: 'all of that again and again', load: () => import('./commands/run.ts') },
  forward: {
    summary: 'send a share of the stored reports on to another collector',
    load: () => import('./commands/forward.ts'),
  },
  import: {
    summary: 'reports of other systems, and listings of builds',
    load: () => import('./commands/import.ts'),
  },
  export: { summary: 'crashes as other systems keep them', load: () => import('./commands/export.ts') },
  simulate: {
    summary: 'made-up rows at scale, for benchmarks and demonstrations',
    load: () => import('./commands/simulate.ts'),
  },
} as const satisfies Record<
  string,
  { summary: string; load: () => Promise<{ build(command: Command): void }> }
>

/** Exit codes: 0 done, 1 failed, 2 bad usage. */
async function main(args: readonly string[]): Promise<number> {
  const program = new Command('mayday').description('Crash reports in, answers out.').exitOverride()
  const variables = environment.map(({ name, fallback, help }) => `  ${name.padEnd(22)}${help} (${fallback})`)
  program.addHelpText('after', `\nEnvironment:\n${variables.join('\n')}`)
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary).exitOverride()
    if (args[0] === name) (await load()).build(command)
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (isCrashError(error)) {
    process.stderr.write(`mayday: ${error.message}\n`)
    return error.code === 'bad-usage' ? 2 : 1
  }
  throw error
}

/** Starting takes a third of the time when code was compiled before. Worker threads learn of it by the variable. */
function reuseCompiledCode(): void {
  const folder = process.env.NODE_COMPILE_CACHE || compiledCodeDir()
  if (folder === null) return
  process.env.NODE_COMPILE_CACHE = folder
  enableCompileCache(folder)
}

/** Whoever reads our output may stop reading, as `head` does: that ends the command and is no failure. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

reuseCompiledCode()
endWithReader()
process.exitCode = await main(process.argv.slice(2))
