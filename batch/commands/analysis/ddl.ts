// `mayday ddl`: prints the statements that connect another engine to the public tables.
import { type Command, Option } from 'commander'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'
import { ddlOf, type Engine, engines } from '../../publish/ddl.ts'
import { lakeLocation } from '../../publish/publish.ts'
import { listTrees } from '../../publish/tree.ts'

interface Options extends StoreOptions {
  engine: Engine
  edge?: string
}

export function build(command: Command): void {
  addStoreOption(command)
    .addOption(new Option('--engine <NAME>', 'the engine').choices(engines).makeOptionMandatory())
    .option('--edge <URL>', 'address of the edge, for engines that use its catalog (default: DASHBOARD_URL)')
    .addHelpText(
      'after',
      `
Trino, Spark and ClickHouse read the published snapshots through the catalog of the edge; Snowflake reads them by version, so
its statements are printed again after each mayday publish; Athena and BigQuery read the table files themselves.
LAKE_LOCATION states where the engine finds the bucket lake. See docs/engines.md.

Examples:
  mayday ddl --engine athena
  mayday ddl --engine trino --edge https://crash.example.org > etc/catalog/mayday.properties`,
    )
    .action(run)
}

async function run({ engine, edge, ...options }: Options): Promise<void> {
  const config = readConfig()
  const location = lakeLocation({ config, url: options.store ?? config.store })
  const versions = engine === 'snowflake' ? await publishedVersions(options) : () => 0
  const address = (edge ?? config.dashboardUrl ?? 'https://<edge>').replace(/\/+$/, '')
  process.stdout.write(ddlOf({ engine, location, edge: address, versionOf: versions }))
}

async function publishedVersions(options: StoreOptions): Promise<(table: string) => number> {
  await using open = await openStore(options)
  const treeOf = await listTrees(open.stores.lake)
  return (table) => treeOf(table).version
}
