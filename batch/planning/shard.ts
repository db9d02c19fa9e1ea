// Distributes the crashes of a day among several jobs.
import { CrashError } from '../../shared/errors.ts'

/** The crashes whose hash modulo `count` is `index`, 0 ≤ index < count. */
export interface Shard {
  index: number
  count: number
}

/** All crashes. */
export const allShards: Shard = { index: 0, count: 1 }

/** Reads `I/N`. Throws CrashError('bad-usage'). */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text)
  const shard = match && { index: Number(match[1]), count: Number(match[2]) }
  if (!shard || shard.count < 1 || shard.index >= shard.count) {
    throw new CrashError('bad-usage', `A shard is I/N with I from 0 to N-1, for example 0/4, not '${text}'`)
  }
  return shard
}

/** The part of a table file's name that identifies the shard of its writer. */
export const shardName = (shard: Shard) => `${shard.index}of${shard.count}`

/** Crash IDs are uniform in their first eight hex digits, which serve as the hash. */
export const isInShard = (crashId: string, shard: Shard) =>
  shard.count === 1 || Number.parseInt(crashId.slice(0, 8), 16) % shard.count === shard.index
