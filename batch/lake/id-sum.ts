// A sum of crash IDs, to compare collections of IDs without holding them in memory.

/**
 * The 32 hexadecimal digits of every ID as four 32-bit words, summed modulo 2^32; written as 32 hexadecimal digits.
 * Collections that differ in one ID have different sums; so do collections in which a duplicate replaces another ID.
 * IDs are made by a keyed hash, so other different collections have equal sums with a probability of about 2^-100.
 */
export type IdSum = string

const words = [0, 1, 2, 3] as const
const hex = (n: number) => (n >>> 0).toString(16).padStart(8, '0')
const wordOf = (digits: string, word: number) => Number.parseInt(digits.slice(word * 8, word * 8 + 8), 16)

/** A number of crash IDs, and their sum. */
export interface CountedIds {
  count: number
  ids: IdSum
}

/** Adds crash IDs one by one. */
export function createIdCounter(): { add(id: string): void; total(): CountedIds } {
  const sum = new Uint32Array(4)
  let count = 0
  return {
    add(id) {
      const digits = id.replaceAll('-', '')
      for (const word of words) sum[word]! += wordOf(digits, word)
      count++
    },
    total: () => ({ count, ids: [...sum].map(hex).join('') }),
  }
}

/** The number and sum of a list of crash IDs. */
export async function countIds(ids: AsyncIterable<string>): Promise<CountedIds> {
  const counter = createIdCounter()
  for await (const id of ids) counter.add(id)
  return counter.total()
}

/** The sum of a list of crash IDs. */
export const sumIds = async (ids: AsyncIterable<string>): Promise<IdSum> => (await countIds(ids)).ids

/** The sum of several collections; null if one is unknown. */
export function addSums(sums: readonly (string | undefined)[]): IdSum | null {
  if (!sums.every((sum) => sum !== undefined && /^[0-9a-f]{32}$/.test(sum))) return null
  return words
    .map((word) => hex(sums.reduce((total, sum) => (total + wordOf(sum!, word)) % 2 ** 32, 0)))
    .join('')
}

/** A SQL aggregate: the sum of the column `crash_id` over all rows, or over rows that match a condition. */
export function idSumSql(condition?: string): string {
  const filter = condition ? ` FILTER (${condition})` : ''
  const parts = words.map((word) => {
    const digits = `replace(crash_id, '-', '')[${word * 8 + 1}:${word * 8 + 8}]`
    return `coalesce(sum(('0x' || ${digits})::UBIGINT)${filter} % 4294967296, 0)::BIGINT`
  })
  return `printf('%08x%08x%08x%08x', ${parts.join(', ')})`
}
