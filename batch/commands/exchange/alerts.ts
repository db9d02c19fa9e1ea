// `mayday alerts`: what was found, what is sent where, a test message.
import type { Command } from 'commander'
import { type Alert, alertRuleNames } from '../../../shared/alerts/alert.ts'
import { alertText } from '../../../shared/alerts/alert-text.ts'
import { CrashError } from '../../../shared/errors.ts'
import { plural } from '../../../shared/text/format.ts'
import { dateAt } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { deliverAlerts, dueAlerts, unknownNames } from '../../alerts/delivery/deliver.ts'
import { readDeliveryState } from '../../alerts/delivery/delivery-state.ts'
import { type Destination, shownTarget } from '../../alerts/delivery/destinations.ts'
import { messageOf } from '../../alerts/delivery/message.ts'
import { sendMessage } from '../../alerts/delivery/send.ts'
import { newestFirst } from '../../alerts/memory.ts'
import { readMemory } from '../../alerts/memory-store.ts'
import { addProductsOption, addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, visible } from '../../cli/output.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'
import { findProducts } from '../../products/product-source.ts'

interface ListOptions extends StoreOptions {
  limit: number
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command.command('list')))
    .description('list the last alerts, and what each destination would receive now; sends nothing')
    .option('--limit <N>', 'alerts to list', countOption('--limit', 0, 1000), 20)
    .option('--json', 'print the report as JSON')
    .action(list)
  command
    .command('test')
    .description('send a test message to a destination')
    .argument('<destination>', 'a name in ALERT_DESTINATIONS')
    .action(sendTest)
  addProductsOption(addStoreOption(command.command('send')))
    .description('send what destinations did not receive yet, as each round of mayday run does')
    .option('--json', 'print the report as JSON')
    .action(send)
  command.addHelpText('after', help)
}

const help = `
mayday aggregate and mayday run find alerts, by the rules in product files; see docs/alerts.md. ALERT_DESTINATIONS names where
messages go: json:, slack: and teams: with an https address, mail: with e-mail addresses, which need SMTP_URL and MAIL_FROM.

Examples:
  mayday alerts list
  ALERT_DESTINATIONS="ops=slack:\\$SLACK_URL" mayday alerts test ops`

async function list(options: ListOptions): Promise<void> {
  await using open = await openStore(options)
  const { products } = await findProducts(open)
  const now = new Date()
  const { crashes } = open.stores
  const { alerts } = await readMemory(crashes, now)
  const { destinations } = open.config
  const rows = await Promise.all(
    [...destinations.values()].map(async (destination) => {
      const { state } = await readDeliveryState(crashes, destination.name, now)
      const due = dueAlerts(alerts, state, { destination, products, now })
      return { destination, due, state }
    }),
  )
  const shown = newestFirst(alerts).slice(0, options.limit)
  const unknown = unknownNames({ destinations, products })
  const report = {
    alerts: shown.map((alert) => ({ ...alert, text: alertText(alert) })),
    destinations: rows.map(({ destination, due, state: { last_sent_at, failures, last_error } }) => ({
      ...{ name: destination.name, kind: destination.kind, target: shownTarget(destination) },
      ...{ due: due.map(({ id }) => id), last_sent_at, failures, last_error },
    })),
    unknown_destinations: unknown,
  }
  const lines = [
    ...(shown.length > 0 ? shown.map(alertLine) : ['No alerts yet.']),
    '',
    ...(rows.length > 0
      ? report.destinations.map(destinationLine)
      : ['No destinations: ALERT_DESTINATIONS is not set.']),
    ...unknown.map(
      (name) => `A product file names the destination ${name}, which ALERT_DESTINATIONS does not have.`,
    ),
  ]
  printResult(options, { report, text: `${lines.join('\n')}\n` })
}

const alertLine = (alert: Alert) =>
  `${alert.at.slice(0, 16).replace('T', ' ')}  ${alertRuleNames[alert.rule]}: ${visible(alert.product)}: ${visible(alertText(alert))}`

interface ListedDestination extends Pick<Destination, 'name' | 'kind'> {
  target: string
  due: string[]
  last_sent_at: string | null
  failures: number
  last_error: string | null
}

function destinationLine({
  name,
  kind,
  target,
  due,
  last_sent_at,
  failures,
  last_error,
}: ListedDestination): string {
  const last =
    last_sent_at === null ? 'nothing sent yet' : `last sent ${last_sent_at.slice(0, 16).replace('T', ' ')}`
  const failed = failures > 0 ? `; failed ${plural(failures, 'time')}: ${visible(last_error ?? '')}` : ''
  return `${name} (${kind}, ${visible(target)}): ${plural(due.length, 'alert')} to send, ${last}${failed}`
}

async function sendTest(name: string): Promise<void> {
  const { destinations, mailServer, dashboardUrl } = readConfig()
  const destination = destinations.get(name)
  if (!destination) {
    const names = [...destinations.keys()].join(', ')
    throw new CrashError('bad-usage', `ALERT_DESTINATIONS has no ${name}; it has ${names || 'none'}`)
  }
  const message = messageOf([sampleAlert(new Date())], { dashboard: dashboardUrl, isTest: true })
  await sendMessage(destination, message, { mailServer })
  process.stdout.write(
    `Sent a test message to ${name} (${destination.kind}, ${visible(shownTarget(destination))}).\n`,
  )
}

const sampleAlert = (now: Date): Alert => ({
  ...{ id: '0'.repeat(32), at: isoTime(now), product: 'Example', rule: 'new_signature' },
  ...{ subject: 'example::Document::open', day: dateAt(now), value: 0.047, usual: 0 },
  ...{ version: '2.0', against: '1.9', only: null, more: 0 },
})

async function send(options: StoreOptions & { json?: true }): Promise<void> {
  await using open = await openStore(options)
  const { products } = await findProducts(open)
  const { destinations, mailServer, dashboardUrl: dashboard } = open.config
  if (destinations.size === 0) throw new CrashError('bad-usage', 'Set ALERT_DESTINATIONS; see docs/alerts.md')
  const deliver = { destinations, products, mailServer, dashboard, now: () => new Date() }
  const report = await deliverAlerts(open.stores.crashes, deliver)
  const lines = [
    `Sent ${plural(report.sent, 'message')} with ${plural(report.alerts, 'alert')}.`,
    ...report.failures.map(({ destination, error }) => `${destination} failed: ${visible(error)}`),
    ...report.unknown.map(
      (name) => `A product file names the destination ${name}, which ALERT_DESTINATIONS does not have.`,
    ),
  ]
  const failed = report.failures.length + report.unknown.length > 0
  printResult(options, { report, text: `${lines.join('\n')}\n`, failed })
}
