// `mayday mcp`: a Model Context Protocol server on standard input and output.
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import type { Command } from 'commander'
import { addStoreOption, addSymbolsOption, type StoreOptions } from '../../cli/options.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'
import { createMcpServer } from '../../mcp/mcp-server.ts'
import { serverSource } from '../../mcp/server-source.ts'
import { openStoreSource } from '../../mcp/store-source.ts'
import type { CrashSource } from '../../mcp/source.ts'
import { checkPlaces } from '../../symbols/symbol-sources.ts'

interface Options extends StoreOptions {
  server?: string
  dashboard?: string
  symbols?: string[]
}

export function build(command: Command): void {
  addSymbolsOption(addStoreOption(command))
    .option('--server <URL>', 'read from a mayday serve, with the token in MAYDAY_TOKEN, instead of a store')
    .option('--dashboard <URL>', 'dashboard that links lead to (default: the server, else this machine)')
    .addHelpText(
      'after',
      `
Tools for language models: search, top_crashers, signature, report, symbolicate, sql. A client starts this command and
speaks the Model Context Protocol with it on standard input and output: docs/mcp.md. Over a store, and without a token,
only public data are read.

Examples:
  mayday mcp --store file:/srv/mayday --dashboard https://crashes.example.org
  MAYDAY_TOKEN=… mayday mcp --server https://crashes.example.org`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const { serverToken, port } = readConfig()
  const dashboard = options.dashboard?.replace(/\/+$/, '')
  if (options.server !== undefined) {
    const source = serverSource(options.server, serverToken)
    return serve({ ...source, dashboard: dashboard ?? source.dashboard })
  }
  const symbols = options.symbols ?? []
  checkPlaces(symbols)
  await using open = await openStore(options)
  await using source = await openStoreSource({
    open,
    symbols,
    dashboard: dashboard ?? `http://127.0.0.1:${port}`,
  })
  await serve(source)
}

/** Until the client closes standard input. */
async function serve(source: CrashSource): Promise<void> {
  const server = createMcpServer(source, '0.1.0')
  const closed = Promise.withResolvers<void>()
  process.stdin.once('end', closed.resolve).once('close', closed.resolve)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => closed.resolve())
  await server.connect(new StdioServerTransport())
  await closed.promise
  await server.close()
}
