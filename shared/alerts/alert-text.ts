// An alert in words, and the page that it leads to.
import { formatCount, formatDay, formatShare, formatTimes } from '../text/format.ts'
import { pagePaths } from '../pages.ts'
import type { Alert } from './alert.ts'

/** Text, or a name from reports that pages set apart. */
export type AlertPart = string | { name: string }

/** What happened, without the name of the product: `sim::Cache::Evict is new since 15 Oct: 4.7 % of crashes`. */
export function alertParts(alert: Alert): AlertPart[] {
  const more = alert.more > 0 ? [` (and ${formatCount(alert.more)} more like it)`] : []
  return [...statement(alert), ...more]
}

function statement(alert: Alert): AlertPart[] {
  const name = { name: alert.subject || 'no name' }
  const { value, usual, version, against, only } = alert
  const [day, where] = [formatDay(alert.day), only === null ? '' : `, ${only} only`]
  const part = `${formatShare(value)} of crashes`
  const other = `, ${formatShare(usual)} in ${against} at the same age`
  const inDays = ` in 7 days, ${formatShare(usual)} in the 7 days before`
  switch (alert.rule) {
    case 'new_signature':
      return [name, ` is new since ${day}${where}: ${part}${version === null ? '' : ` of ${version}`}`]
    case 'rising':
      return version === null
        ? [name, ` is rising${where}: ${part}${inDays}`]
        : [name, ` is more frequent in ${version}${where}: ${part}${other}`]
    case 'spike':
      return [`${formatCount(value)} crashes on ${day}; ${formatCount(usual)} a day are usual`]
    case 'version_rate':
      return [name, ` crashes ${formatTimes(value)} times as often as ${against} at the same age`]
    case 'refused':
      return [
        `${formatCount(value)} reports were refused on ${day}, most by `,
        name,
        `; ${formatCount(usual)} a day are usual`,
      ]
    case 'missing_symbols':
      return ['Symbols of ', name, ` are missing in ${part}${inDays}`]
  }
}

/** Characters of a name in a message. */
const longestName = 200

/** The statement as text, with long names cut. */
export const alertText = (alert: Alert): string =>
  alertParts(alert)
    .map((part) => (typeof part === 'string' ? part : shortened(part.name)))
    .join('')

/** Before the statement: the product. */
export const alertTitle = (alert: Alert): string => `${shortened(alert.product)}: ${alertText(alert)}`

function shortened(name: string): string {
  const characters = Array.from(name.slice(0, 2 * (longestName + 1)))
  return characters.length > longestName ? `${characters.slice(0, longestName - 1).join('')}…` : name
}

/** Absolute path and query in the site of the page that an alert leads to. */
export function alertPath({ rule, product, subject, version, against }: Alert): string {
  switch (rule) {
    case 'new_signature':
    case 'rising':
      return pathOf('signature', { signature: subject, product })
    case 'version_rate':
      return pathOf('release', { product, version, against })
    case 'missing_symbols':
      return pathOf('missing-symbols', { product, q: subject })
    case 'spike':
    case 'refused':
      return pathOf('home', { product })
  }
}

function pathOf(page: keyof typeof pagePaths, parameters: Record<string, string | null>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value)
  return `${pagePaths[page]}?${query}`
}
