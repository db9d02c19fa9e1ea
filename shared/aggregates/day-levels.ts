// The course of daily numbers as text, one digit per day, for drawings beside many rows.

/** Levels besides 0; more could not be seen in a drawing of one line of text. */
const mostLevel = 9

/** One digit per value: 0 for none, else 1 to 9 in proportion to the largest. Values are not negative. */
export function levelsOf(values: readonly number[]): string {
  const most = Math.max(0, ...values)
  return values.map((value) => (value > 0 ? Math.max(1, Math.ceil((mostLevel * value) / most)) : 0)).join('')
}

/** One number per digit; other characters are 0. */
export const valuesOfLevels = (levels: string): number[] =>
  Array.from(levels, (digit) => (/\d/.test(digit) ? Number(digit) : 0))
