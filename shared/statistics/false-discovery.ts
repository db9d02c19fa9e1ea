// Many tests at once: which of their results are discoveries.

/** Of the results that are called discoveries, about this part is chance. */
const falsePart = 0.01

/**
 * The largest probability that still counts as a discovery (Benjamini and Hochberg, 1995): about 1 % of the results at or
 * below it are chance. -1: there are none.
 * @param chances of the tests that may be discoveries
 * @param tests how many tests were made, also those that are not in `chances`
 */
export function discoveryLimit(chances: readonly number[], tests: number): number {
  const sorted = [...chances].sort((a, b) => a - b)
  for (let place = sorted.length; place > 0; place--)
    if (sorted[place - 1]! <= (falsePart * place) / Math.max(tests, sorted.length)) return sorted[place - 1]!
  return -1
}
