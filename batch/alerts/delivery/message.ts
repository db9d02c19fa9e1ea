// A message about the alerts of a round, and its text for e-mail.
import { createHash } from 'node:crypto'
import { type Alert, alertRuleNames } from '../../../shared/alerts/alert.ts'
import { alertPath, alertText, alertTitle } from '../../../shared/alerts/alert-text.ts'
import { plural } from '../../../shared/text/format.ts'
import { visible } from '../../../shared/text/visible.ts'
import { pageUrl } from '../feed.ts'

export interface MessageAlert {
  alert: Alert
  product: string
  /** One line, without control characters; `title` starts with the product. */
  title: string
  text: string
  /** Null where the address of the dashboard is not known. */
  url: string | null
}

export interface Message {
  /** 32 hexadecimal digits: the same for the same alerts. */
  id: string
  /** One line. */
  subject: string
  alerts: readonly MessageAlert[]
  /** Further ones that are not listed. */
  more: number
  dashboard: string | null
  isTest: boolean
}

/** Alerts in a message: more are not read. */
const mostListed = 20

/** @param alerts at least one, in the order in which they were raised */
export function messageOf(
  alerts: readonly Alert[],
  { dashboard, isTest = false }: { dashboard: string | null; isTest?: boolean },
): Message {
  const listed = alerts.slice(0, mostListed).map((alert) => ({
    alert,
    product: line(alert.product),
    title: line(alertTitle(alert)),
    text: line(alertText(alert)),
    url: dashboard && pageUrl(dashboard, alertPath(alert)),
  }))
  const ids = alerts.map(({ id }) => id).join(' ')
  return {
    id: createHash('sha256').update(ids).digest('hex').slice(0, 32),
    subject: subjectOf(listed, { all: alerts.length, isTest }),
    alerts: listed,
    more: alerts.length - listed.length,
    dashboard,
    isTest,
  }
}

/** Control characters and those that change the direction of text become escapes; line ends, too. */
const line = (text: string) => visible(text.replace(/[\n\t]/g, ' '))

const longestSubject = 200
const mostProducts = 3

function subjectOf(
  listed: readonly MessageAlert[],
  { all, isTest }: { all: number; isTest: boolean },
): string {
  const products = [...new Set(listed.map(({ product }) => product))]
  const names = [...products.slice(0, mostProducts), ...(products.length > mostProducts ? ['…'] : [])]
  const text = all === 1 ? listed[0]!.title : `${plural(all, 'alert')}: ${names.join(', ')}`
  return Array.from(`${isTest ? 'Test: ' : ''}${text}`.slice(0, 2 * longestSubject))
    .slice(0, longestSubject)
    .join('')
}

/** The last line: what is not listed. */
export const moreText = ({ more }: Message): string | null =>
  more > 0 ? `and ${plural(more, 'more alert')}` : null

/** Plain text. */
export function textOf(message: Message): string {
  const { alerts, dashboard } = message
  const entries = alerts.map(
    ({ alert, title, url }) => `${alertRuleNames[alert.rule]}\n${title}${url === null ? '' : `\n${url}`}\n`,
  )
  const end = [moreText(message), dashboard].filter((one) => one !== null)
  return `${entries.join('\n')}${end.length > 0 ? `\n${end.join('\n')}\n` : ''}`
}
