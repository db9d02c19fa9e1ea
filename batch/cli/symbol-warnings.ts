// Warnings about symbols that could not be loaded.

/** Reasons to print; reports as JSON contain all. */
const maxReasons = 5

/**
 * Lines for standard error, one per reason, most frequent first; empty when nothing failed.
 * @param failures crashes by reason
 */
export function symbolWarnings(failures: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(failures).sort(([, a], [, b]) => b - a)
  if (reasons.length === 0) return ''
  const lines = reasons
    .slice(0, maxReasons)
    .map(
      ([why, crashes]) =>
        `${why}; symbols of ${crashes} ${crashes === 1 ? 'crash' : 'crashes'} may be missing`,
    )
  const more = reasons.length - maxReasons
  if (more > 0) lines.push(`And ${more} other reasons; --json lists all`)
  lines.push('After fixing this, run: mayday reprocess --missing-symbols, with the same --symbols')
  return lines.map((line) => `mayday: ${line}\n`).join('')
}
