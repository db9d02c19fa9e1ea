// `mayday edge`: the edge on the local Workers runtime, with R2 on disk, until Ctrl-C.
import type { Command } from 'commander'
import { defaultStateDir } from '../../../shared/storage/local-runtime.node.ts'
import { buildDashboardIfStale } from '../../local/dashboard-build.ts'
import { readConfig } from '../../config.ts'
import { edgeVars, startLocalEdge, untilInterrupted, warnOfUnknownSettings } from '../../local/local-edge.ts'
import { countOption } from '../../cli/options.ts'

interface Options {
  port?: number
  storeDir?: string
}

export function build(command: Command): void {
  command
    .option('--port <N>', 'port to listen on (PORT, else 8787)', countOption('--port', 0, 65_535))
    .option('--store-dir <DIR>', 'folder for the R2 state (default: .wrangler/state)')
    .addHelpText(
      'after',
      `
Accepts crash reports at /submit and serves the dashboard; batch commands access the same objects with
--store r2:local. CRASH_ID_KEY, MAYDAY_POLICY and tokens come from the environment.

Examples:
  mayday edge
  mayday edge --port 9000 --store-dir /tmp/mayday`,
    )
    .action(run)
}

async function run({ port, storeDir }: Options): Promise<void> {
  const config = readConfig()
  warnOfUnknownSettings(config.env)
  await buildDashboardIfStale()
  await using edge = await startLocalEdge({
    port: port ?? config.port,
    stateDir: storeDir ?? defaultStateDir,
    vars: edgeVars(config.env),
    verbose: true,
  })
  process.stdout.write(
    `Listening on ${edge.url}; submit crash reports to ${edge.url}/submit. Press Ctrl-C to stop.\n`,
  )
  await untilInterrupted()
}
