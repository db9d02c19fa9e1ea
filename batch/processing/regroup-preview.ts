// Previews a regroup without writing anything: which crashes would get another signature.
import { join } from 'node:path'
import { batchesOf, forEachConcurrent } from '../../shared/batches.ts'
import { processedKey } from '../../shared/keys.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { Product } from '../products/product-file.ts'
import { sampleProducts } from '../products/product-source.ts'
import { createCrashPool } from './crash-pool.ts'
import type { Job, ProcessorContext } from './jobs.ts'
import type { Regrouped } from './regroup.ts'

export interface PreviewOptions {
  stores: Stores
  /** Cache directory. */
  dir: string
  workers: number
  /** Directory of signature lists; null: the built-in ones. */
  lists?: string | null
  /** Default: the samples. */
  products?: ReadonlyMap<string, Product>
  crashIds: readonly string[]
  onProgress?: (done: number) => void
}

/** Crashes that change from one signature to another. */
export interface Move {
  from: string
  to: string
  crashes: number
  /** Crash ID of one of them. */
  example: string
}

export interface RegroupPreview {
  /** Number of compared crashes. */
  looked_at: number
  /** Number of crashes whose signature changes. */
  moved: number
  /** Number of crashes that keep their signature, but whose signature steps or frames change. */
  retold: number
  /** Number of crashes without a processed crash: expired or removed. */
  vanished: number
  /** Crashes whose processed crash is unreadable. */
  unreadable: string[]
  /** Largest first. */
  moves: Move[]
  /** Crashes to write, in order: `moved` and `retold`. */
  changed: string[]
}

/** Number of crashes sent to a thread at a time. */
const batchSize = 16
/** Number of batches in flight per thread. */
const batchesPerThread = 3

/**
 * Compares the signatures of crashes with those that a regroup would give them. Writes nothing.
 * @throws CrashError 'storage' if the store fails
 */
export async function previewRegroup(options: PreviewOptions): Promise<RegroupPreview> {
  const { stores, crashIds, onProgress = () => {} } = options
  const context: ProcessorContext = {
    symbols: [],
    symdexDir: join(options.dir, 'symdex'),
    builds: [],
    lists: options.lists ?? null,
    products: [...(options.products ?? sampleProducts()).values()],
  }
  await using pool = createCrashPool({ size: options.workers, context })
  const tally = createTally()
  const compareBatch = async (batch: readonly string[]) => {
    const jobs = (await Promise.all(batch.map((id) => readJob(stores, id)))).filter((job) => job !== null)
    tally.vanished(batch.length - jobs.length)
    for (const { regrouped } of await pool.run(jobs)) for (const one of regrouped) tally.add(one)
    onProgress(batch.length)
  }
  const concurrency = options.workers * batchesPerThread
  await forEachConcurrent(batchesOf(crashIds, batchSize), compareBatch, { concurrency })
  return tally.result(crashIds.length)
}

async function readJob(stores: Stores, crashId: string): Promise<Job | null> {
  const object = await stores.crashes.get(processedKey(crashId))
  if (!object) return null
  const bytes = await object.bytes()
  const mode = 'regroup'
  return { crashId, mode, bytes, duplicateOf: null, preview: true, effort: 'full', failure: null }
}

function createTally() {
  const moves = new Map<string, Move>()
  const changed: string[] = []
  const unreadable: string[] = []
  let moved = 0
  let vanished = 0
  const addMove = ({ crashId, from, to }: Regrouped) => {
    const key = JSON.stringify([from, to])
    const move = moves.get(key) ?? { from, to, crashes: 0, example: crashId }
    move.crashes++
    if (crashId < move.example) move.example = crashId
    moves.set(key, move)
    moved++
  }
  return {
    vanished(count: number) {
      vanished += count
    },
    add(one: Regrouped) {
      if (one.problem !== undefined) unreadable.push(one.crashId)
      if (one.changed) changed.push(one.crashId)
      if (one.from !== one.to) addMove(one)
    },
    result: (lookedAt: number): RegroupPreview => ({
      looked_at: lookedAt,
      moved,
      retold: changed.length - moved,
      vanished,
      unreadable: unreadable.sort(),
      moves: [...moves.values()].sort((a, b) => b.crashes - a.crashes || ascending(a.example, b.example)),
      changed: changed.sort(),
    }),
  }
}
