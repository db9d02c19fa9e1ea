// The subcommands of `mayday`: loads only the file of the one that runs, and maps errors to exit codes.
import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { type CrashError, isCrashError } from '../shared/errors.ts'
import { settingsFile } from './settings-file.ts'

/** Every subcommand. Each has its own file in `commands/` that exports `build(command)`, which adds options and action. */
const commands = {
  init: {
    summary: 'make a folder with settings, a policy, a product file and a store',
    load: () => import('./commands/setup/init.ts'),
  },
  dev: {
    summary: 'run the whole system locally, with sample crashes',
    load: () => import('./commands/setup/dev.ts'),
  },
  edge: {
    summary: 'run the edge on the local Workers runtime',
    load: () => import('./commands/setup/edge.ts'),
  },
  serve: {
    summary: 'serve reports, symbols, the API and the dashboard on one machine',
    load: () => import('./commands/setup/serve.ts'),
  },
  submit: {
    summary: 'send crash reports as a client does',
    load: () => import('./commands/exchange/submit.ts'),
  },
  process: {
    summary: 'process new stored reports',
    load: () => import('./commands/rounds/process.ts'),
  },
  reprocess: {
    summary: 'process crashes again after rules or symbols changed',
    load: () => import('./commands/rounds/reprocess.ts'),
  },
  aggregate: {
    summary: "build the dashboard's JSON from the tables",
    load: () => import('./commands/rounds/aggregate.ts'),
  },
  sql: { summary: 'query the tables with DuckDB', load: () => import('./commands/analysis/sql.ts') },
  stackwalk: {
    summary: 'walk the stacks of minidumps',
    load: () => import('./commands/analysis/stackwalk.ts'),
  },
  ddl: {
    summary: 'print the statements that connect another engine',
    load: () => import('./commands/analysis/ddl.ts'),
  },
  audit: {
    summary: 'show the holders of tokens, and what they did',
    load: () => import('./commands/analysis/audit.ts'),
  },
  symbolicate: {
    summary: 'translate addresses to functions and lines, as the edge does',
    load: () => import('./commands/analysis/symbolicate.ts'),
  },
  check: {
    summary: 'check a deployment: health, a test crash, tokens, symbols, its store',
    load: () => import('./commands/analysis/check.ts'),
  },
  cost: {
    summary: 'what a store costs, per million reports and per month',
    load: () => import('./commands/analysis/cost.ts'),
  },
  mcp: {
    summary: 'serve tools to language models on standard input and output',
    load: () => import('./commands/analysis/mcp.ts'),
  },
  signature: {
    summary: 'generate crash signatures and explain them',
    load: () => import('./commands/analysis/signature.ts'),
  },
  symbols: {
    summary: 'add, list and remove symbol files, list missing symbols, look up addresses',
    load: () => import('./commands/setup/symbols.ts'),
  },
  products: {
    summary: 'list, check and store product files',
    load: () => import('./commands/setup/products.ts'),
  },
  tokens: {
    summary: 'give access to protected data and operations',
    load: () => import('./commands/setup/tokens.ts'),
  },
  policy: {
    summary: 'check a throttle policy and explain its decisions',
    load: () => import('./commands/setup/policy.ts'),
  },
  verify: {
    summary: 'check that stored reports, processed crashes and tables agree',
    load: () => import('./commands/rounds/verify.ts'),
  },
  expire: {
    summary: "delete data older than the products' retention",
    load: () => import('./commands/rounds/expire.ts'),
  },
  expunge: {
    summary: 'delete all data of given crashes',
    load: () => import('./commands/rounds/expunge.ts'),
  },
  publish: {
    summary: 'publish the tables for other engines: Iceberg, and a DuckDB database',
    load: () => import('./commands/rounds/publish.ts'),
  },
  run: {
    summary: 'process, aggregate, verify, expire and publish in a loop',
    load: () => import('./commands/rounds/run.ts'),
  },
  forward: {
    summary: 'send stored reports to another collector',
    load: () => import('./commands/exchange/forward.ts'),
  },
  import: {
    summary: 'import reports of other systems, and lists of builds',
    load: () => import('./commands/exchange/import.ts'),
  },
  bugs: {
    summary: 'import the bugs of trackers that name signatures',
    load: () => import('./commands/exchange/bugs.ts'),
  },
  alerts: {
    summary: 'list alerts, send them, test where they go',
    load: () => import('./commands/exchange/alerts.ts'),
  },
  export: {
    summary: 'export crashes for other systems',
    load: () => import('./commands/exchange/export.ts'),
  },
  site: {
    summary: 'write the dashboard and its data as files for a static host',
    load: () => import('./commands/exchange/site.ts'),
  },
  simulate: {
    summary: 'generate synthetic data for benchmarks and demonstrations',
    load: () => import('./commands/exchange/simulate.ts'),
  },
  completion: {
    summary: 'print a script that completes command lines in a shell',
    load: () => import('./commands/setup/completion.ts'),
  },
} as const satisfies Record<
  string,
  {
    summary: string
    load: () => Promise<{ build(command: Command, subcommand?: string): void | Promise<void> }>
  }
>

/**
 * Runs the command line `args`. Exit codes: 0 success, 1 failure, 2 bad usage.
 * @param settings what the environment lacks
 */
export async function main(
  args: readonly string[],
  settings: () => Record<string, string> = () => ({}),
): Promise<number> {
  const program = await createProgram(args[0], args[1])
  try {
    Object.assign(process.env, settings())
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return await exitCodeOf(error)
  }
}

/**
 * The command line with all commands, of which only `wanted` has its options and action; for completion all have. Those
 * of its subcommands may be only those of `subcommand`.
 */
export async function createProgram(wanted: string | undefined, subcommand?: string): Promise<Command> {
  const program = new Command('mayday')
    .description('Collects, processes and analyzes crash reports.')
    .version(manifest.version, '-v, --version', 'print the version')
    .exitOverride()
  if (wanted === undefined || !Object.hasOwn(commands, wanted))
    program.addHelpText('after', await environmentHelp())
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary).exitOverride()
    if (wanted === name) await (await load()).build(command, subcommand)
    else if (wanted === 'completion') await (await load()).build(command)
  }
  return program
}

async function environmentHelp(): Promise<string> {
  const { environment } = await import('./config.ts')
  const lines = environment.map(({ name, fallback, help }) => `  ${name.padEnd(22)}${help} (${fallback})`)
  return `\nEnvironment, or ${settingsFile} in the current folder:\n${lines.join('\n')}`
}

async function exitCodeOf(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const missing = missingPackage(error)
  if (missing !== null) {
    process.stderr.write(`mayday: the package ${missing} is not installed: run npm ci in a checkout\n`)
    return 1
  }
  const failure = isCrashError(error) ? error : await translate(error)
  if (failure === null) throw error
  process.stderr.write(`mayday: ${failure.message}\n`)
  return failure.code === 'bad-usage' ? 2 : 1
}

/** Errors of the file system and of DuckDB; null for bugs. Loads the tables only after a failure. */
async function translate(error: unknown): Promise<CrashError | null> {
  const [{ expectedFailure }, { readConfig }] = await Promise.all([
    import('./lake/files/damage.ts'),
    import('./config.ts'),
  ])
  return expectedFailure(error, readConfig().cacheDir)
}

/** The name of a package that an import did not find; else null. */
function missingPackage(error: unknown): string | null {
  const { code, message } = error as NodeJS.ErrnoException
  return (code === 'ERR_MODULE_NOT_FOUND' && /^Cannot find package '([^']+)'/.exec(message)?.[1]) || null
}
