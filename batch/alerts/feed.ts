// Atom feeds of alerts: https://www.rfc-editor.org/rfc/rfc4287
import { createHash } from 'node:crypto'
import { type Alert, alertRuleNames } from '../../shared/alerts/alert.ts'
import { alertPath, alertTitle } from '../../shared/alerts/alert-text.ts'

/** Alerts in a feed. */
const mostEntries = 50

export interface FeedOptions {
  /** Null: all products. */
  product: string | null
  /** The path of the feed in the site, without a slash before it. */
  path: string
  /** When there is no alert yet. */
  since: string
  /** Public address of the dashboard, with a slash at its end; null: links are relative to the feed. */
  dashboard: string | null
}

/** @param alerts newest first */
export function atomFeed(alerts: readonly Alert[], options: FeedOptions): string {
  const { product, path, since, dashboard } = options
  const site = dashboard ?? '../'.repeat(path.split('/').length - 1)
  const entries = alerts.slice(0, mostEntries)
  const title = product === null ? 'Crash alerts' : `Crash alerts: ${product}`
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>${xml(title)}</title>
  <id>urn:uuid:${uuidOf(
    createHash('sha256')
      .update(`feed ${product ?? ''}`)
      .digest('hex'),
  )}</id>
  <updated>${entries[0]?.at ?? since}</updated>
  <author><name>Mayday</name></author>
  <link rel="self" type="application/atom+xml" href="${xml(site + path)}"/>
  <link rel="alternate" type="text/html" href="${xml(pageUrl(site, product === null ? '/' : `/?${new URLSearchParams({ product })}`))}"/>
${entries.map((alert) => entryOf(alert, site)).join('')}</feed>
`
}

const entryOf = (alert: Alert, site: string) => `  <entry>
    <title>${xml(alertTitle(alert))}</title>
    <id>urn:uuid:${uuidOf(alert.id)}</id>
    <updated>${alert.at}</updated>
    <category term="${alert.rule}" label="${alertRuleNames[alert.rule]}"/>
    <link rel="alternate" type="text/html" href="${xml(pageUrl(site, alertPath(alert)))}"/>
    <summary>${xml(alertTitle(alert))}</summary>
  </entry>
`

/** A UUID of version 8 from hexadecimal digits of a hash. */
const uuidOf = (hex: string): string =>
  [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')

/** The address of a page. @param site relative or absolute, with a slash at its end @param path with a slash before it */
export const pageUrl = (site: string, path: string): string => site + path.slice(1)

/** Characters that XML 1.0 forbids become U+FFFD, also half a surrogate pair. */
const forbidden =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** Text in an element or a quoted attribute. */
const xml = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, (character) => escapes.get(character)!)
