// From the options of a command and the environment to how crashes are processed.
import type { BatchConfig } from '../config.ts'
import type { OpenStore } from '../lake/open-store.ts'
import type { Product } from '../products/product-file.ts'
import { allShards, parseShard, type Shard } from '../planning/shard.ts'
import type { ProcessOptions } from '../processing/process-run.ts'
import { checkPlaces } from '../symbols/symbol-sources.ts'
import { readListsOrFail } from '../processing/signature-config.ts'
import type { ProcessFlags } from './options.ts'

/** @throws CrashError 'bad-usage' for the shard and symbols, 'bad-config' for the lists */
export function processOptions(
  open: OpenStore,
  flags: ProcessFlags,
  products: ReadonlyMap<string, Product>,
): ProcessOptions {
  const { symbols = [] } = flags
  checkPlaces([...symbols, ...[...products.values()].flatMap((product) => product.symbols)])
  return {
    stores: open.stores,
    dir: open.cacheDir,
    duckdbMemory: open.config.duckdbMemory,
    workers: flags.workers ?? open.config.workers,
    symbols,
    fetchBytes: open.config.symbolFetchBytes,
    lists: listsOf(flags, open.config),
    products,
    shard: shardOf(flags, open.config),
  }
}

/** The shard that the command line names, else the environment, else all. Throws CrashError('bad-usage'). */
export function shardOf(flags: Pick<ProcessFlags, 'shard'>, config: BatchConfig): Shard {
  const text = flags.shard ?? config.shard
  return text === null ? allShards : parseShard(text)
}

/**
 * The directory of lists that a command uses, else null. They are read here so that bad lists end the command at once.
 * @throws CrashError 'bad-config' naming file and line
 */
function listsOf(flags: Pick<ProcessFlags, 'lists'>, config: BatchConfig): string | null {
  const directory = flags.lists ?? config.lists
  if (directory !== null) readListsOrFail(directory)
  return directory
}
