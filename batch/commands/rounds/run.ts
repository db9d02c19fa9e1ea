// `mayday run`: all periodic work of a single machine in one process.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import type { Millis } from '../../../shared/units.ts'
import {
  addProductsOption,
  addStoreOption,
  addSymbolsOption,
  addWorkersOption,
  type ProcessFlags,
  type StoreOptions,
} from '../../cli/options.ts'
import { shardOf } from '../../cli/process-options.ts'
import { timeOption } from '../../cli/time-option.ts'
import { openStore } from '../../lake/open-store.ts'
import { type Address, parseAddress, startMonitor } from '../../rounds/monitor.ts'
import { runRound } from '../../rounds/round.ts'
import { createRunState } from '../../rounds/run-metrics.ts'
import { checkPlaces } from '../../symbols/symbol-sources.ts'

interface Options extends StoreOptions, Pick<ProcessFlags, 'symbols' | 'workers'> {
  every: Millis
  once?: true
  expire: boolean
  publish: boolean
  metrics?: Address
  staleAfter?: Millis
}

const hour: Millis = 3_600_000
const defaultStaleAfter = (every: Millis) => Math.max(hour, 3 * every)

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .addOption(
      new Option('--every <TIME>', 'interval from start to start: 30s, 10m, 1h')
        .argParser(timeOption('--every'))
        .default(timeOption('--every')('10m'), '10m'),
    )
    .option('--once', 'run one round and exit')
    .option('--no-expire', 'only count expired data')
    .option('--no-publish', 'do not publish the tables for other engines')
    .option(
      '--metrics <[HOST:]PORT>',
      'serve /metrics (Prometheus) and /health on this address (host: 127.0.0.1)',
      parseAddress,
    )
    .option(
      '--stale-after <TIME>',
      '/health responds 503 when the last good round is older (default: three intervals, at least 1h)',
      timeOption('--stale-after'),
    )
  addSymbolsOption(command)
  addWorkersOption(command)
    .addHelpText(
      'after',
      `
A round: process new reports, make and index uploaded symbols, reprocess crashes whose missing symbols have arrived, read bug trackers, aggregate, send alerts, verify, expire, publish.
Prints one JSON object per step, with its requests to the store; progress goes to standard error. A step that failed or
has findings is not ok; a failed step is repeated in the next round. Stops after the current step on SIGINT or SIGTERM;
killing it is safe too. With --once, exit code 1 when a step was not ok.

Examples:
  mayday run --every 10m --store file:/srv/mayday --metrics 0.0.0.0:9464
  mayday run --once --symbols https://symbols.example.org/`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  // Started by `mayday serve`, which ends or was killed.
  process.once('disconnect', () => end.abort())
  checkPlaces(options.symbols ?? [])
  await using open = await openStore(options)
  if (shardOf({}, open.config).count > 1)
    throw new CrashError(
      'bad-usage',
      'mayday run cannot be sharded: unset MAYDAY_SHARD and MAYDAY_SHARDS, or use mayday process --shard',
    )
  const state = createRunState(options.staleAfter ?? defaultStaleAfter(options.every), () => new Date())
  await using monitor = options.metrics ? await startMonitor(options.metrics, state) : null
  if (monitor) process.stderr.write(`mayday: metrics at ${monitor.url}/metrics\n`)
  const { symbols = [], workers = open.config.workers } = options
  const round = { open, state, symbols, workers, keepExpired: !options.expire, publish: options.publish }
  while (!end.signal.aborted) {
    const began = performance.now()
    const good = await runRound(round, end.signal)
    if (options.once) {
      if (!good) process.exitCode = 1
      return
    }
    await pause(options.every - (performance.now() - began), end.signal)
  }
  // An open channel would keep the process alive.
  if (process.connected) process.disconnect()
}

/** Waits until the time has passed or the signal aborts, which may already have happened. */
async function pause(ms: Millis, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {})
}
