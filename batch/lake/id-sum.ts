// A sum over crash ids that tells two collections apart without holding them, however often an id stands in one.

/**
 * The 32 hexadecimal digits of every id as four words of 32 bits, summed modulo 2^32: 32 hexadecimal digits.
 * Collections that differ in one id always have different sums, also when one has an id twice that stands for another.
 * Ids are made by a keyed hash, so that collections that differ in more have the same sum once in 2^100 days.
 */
export type IdSum = string

const words = [0, 1, 2, 3] as const
const hex = (n: number) => (n >>> 0).toString(16).padStart(8, '0')
const wordOf = (digits: string, word: number) => Number.parseInt(digits.slice(word * 8, word * 8 + 8), 16)

/** The sum of the crash ids of a list. */
export async function sumIds(ids: AsyncIterable<string>): Promise<IdSum> {
  const sum = new Uint32Array(4)
  for await (const id of ids) {
    const digits = id.replaceAll('-', '')
    for (const word of words) sum[word]! += wordOf(digits, word)
  }
  return [...sum].map(hex).join('')
}

/** The sum of all collections together; null when one is not known. */
export function addSums(sums: readonly (string | undefined)[]): IdSum | null {
  if (!sums.every((sum) => sum !== undefined && /^[0-9a-f]{32}$/.test(sum))) return null
  return words
    .map((word) => hex(sums.reduce((total, sum) => (total + wordOf(sum!, word)) % 2 ** 32, 0)))
    .join('')
}

/** A SQL aggregate: the sum over the column `crash_id` of all rows, or of those for which a condition holds. */
export function idSumSql(condition?: string): string {
  const filter = condition ? ` FILTER (${condition})` : ''
  const parts = words.map((word) => {
    const digits = `replace(crash_id, '-', '')[${word * 8 + 1}:${word * 8 + 8}]`
    return `coalesce(sum(('0x' || ${digits})::UBIGINT)${filter} % 4294967296, 0)::BIGINT`
  })
  return `printf('%08x%08x%08x%08x', ${parts.join(', ')})`
}
