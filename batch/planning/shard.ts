// Distributes the crashes of a day among several jobs.
import { CrashError } from '../../shared/errors.ts'

/** One of `count` equal ranges of crash IDs, counted from 0: 0 ≤ index < count. */
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
export const shardName = ({ index, count }: Shard) => (count === 1 ? '0of1' : `${index}in${count}`)

/** Crash IDs are uniform in their first eight hexadecimal digits. */
const hashes = 2 ** 32
/** The first hash of a shard. */
const firstHash = ({ index, count }: Shard) => Math.ceil((index * hashes) / count)

export const isInShard = (crashId: string, { index, count }: Shard) =>
  Math.floor((Number.parseInt(crashId.slice(0, 8), 16) * count) / hashes) === index

/** Where the crash IDs of a shard begin in a list, and before which text they end; null: at its end. */
export function rangeOf({ index, count }: Shard): { first: string; end: string | null } {
  const digits = (hash: number) => hash.toString(16).padStart(8, '0')
  const end = index + 1 === count ? null : digits(firstHash({ index: index + 1, count }))
  return { first: digits(firstHash({ index, count })), end }
}

/**
 * Whether a table file may have rows of crashes of a shard, by the part of its name. Other names than those of
 * `shardName` do not show it, also `0of2`: before ranges, crashes were distributed by the remainder of a division.
 */
export function mayHold(name: string, shard: Shard): boolean {
  const [, index, count] = /^(\d+)in(\d+)$/.exec(name) ?? []
  if (count === undefined) return true
  const other = { index: Number(index), count: Number(count) }
  return (
    other.index * shard.count < (shard.index + 1) * other.count &&
    shard.index * other.count < (other.index + 1) * shard.count
  )
}
