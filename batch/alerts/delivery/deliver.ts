// Sends the alerts that destinations did not receive yet: one message for each, in each round.
import type { Alert } from '../../../shared/alerts/alert.ts'
import { forEachConcurrent } from '../../../shared/batches.ts'
import { isCrashError } from '../../../shared/errors.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import type { Millis } from '../../../shared/units.ts'
import type { Product } from '../../products/product-file.ts'
import { productOf } from '../../products/products.ts'
import { readMemory } from '../memory-store.ts'
import { isMuted } from '../mute.ts'
import {
  type DeliveryState,
  readDeliveryState,
  type StoredState,
  writeDeliveryState,
} from './delivery-state.ts'
import type { Destination } from './destinations.ts'
import { messageOf } from './message.ts'
import { type SendOptions, sendMessage } from './send.ts'

export interface DeliverOptions extends SendOptions {
  destinations: ReadonlyMap<string, Destination>
  products: ReadonlyMap<string, Product>
  dashboard: string | null
  now: () => Date
}

export interface DeliveryReport {
  destinations: number
  /** Messages, and the alerts in them. */
  sent: number
  alerts: number
  failures: { destination: string; error: string }[]
  /** Names in product files that `ALERT_DESTINATIONS` does not have. */
  unknown: string[]
}

/** Older alerts are not sent: they are not news when a destination works again. */
const oldest: Millis = 7 * dayMs
/** Longer than a message takes with its retries. */
const longestSending: Millis = 10 * 60_000
/** After a failure, each time twice as long. */
const firstPause: Millis = 60_000
const longestPause: Millis = 3_600_000
const atOnce = 8

/**
 * Delivers what is due. A destination that fails does not stop the others, and is tried again in a later round.
 * @param crashes the bucket `crashes`
 */
export async function deliverAlerts(crashes: Storage, options: DeliverOptions): Promise<DeliveryReport> {
  const { destinations, products, now } = options
  const report: DeliveryReport = {
    ...{ destinations: destinations.size, sent: 0, alerts: 0, failures: [] },
    unknown: unknownNames(options),
  }
  if (destinations.size === 0) return report
  const { alerts } = await readMemory(crashes, now())
  const deliver = async (destination: Destination) => {
    const due = (state: DeliveryState) => dueAlerts(alerts, state, { destination, products, now: now() })
    const result = await deliverOne(crashes, destination, { ...options, due })
    if (result.error !== null) report.failures.push({ destination: destination.name, error: result.error })
    if (result.sent === 0) return
    report.sent++
    report.alerts += result.sent
  }
  await forEachConcurrent(destinations.values(), deliver, { concurrency: atOnce })
  return report
}

export const unknownNames = ({
  destinations,
  products,
}: Pick<DeliverOptions, 'destinations' | 'products'>): string[] => {
  const named = [...products.values()].flatMap(({ alerts }) => alerts.destinations ?? [])
  return [...new Set(named)].filter((name) => !destinations.has(name)).sort()
}

interface DueOptions extends Pick<DeliverOptions, 'products'> {
  destination: Destination
  now: Date
}

/** What a destination with this state has not received: not muted since, oldest first. */
export function dueAlerts(
  alerts: readonly Alert[],
  { sent_to }: Pick<DeliveryState, 'sent_to'>,
  { destination, products, now }: DueOptions,
): Alert[] {
  const since = isoTime(new Date(now.getTime() - oldest))
  return alerts.filter((alert) => {
    if (alert.at <= sent_to || alert.at < since) return false
    const settings = productOf(alert.product, products).alerts
    return (settings.destinations?.includes(destination.name) ?? true) && !isMuted(alert, settings, now)
  })
}

interface Delivery extends DeliverOptions {
  due(state: DeliveryState): Alert[]
}

/** The number of alerts that were sent, and why none could be. */
interface Delivered {
  sent: number
  error: string | null
}

const nothing: Delivered = { sent: 0, error: null }

/**
 * What is about to be sent is recorded first. If the run then dies, it is not known whether the message arrived: it is not
 * sent again, because alerts are also on the dashboard, and a message that comes twice is one that people stop reading.
 */
async function deliverOne(crashes: Storage, destination: Destination, options: Delivery): Promise<Delivered> {
  const { now, due, dashboard } = options
  const { name } = destination
  const stored = await readDeliveryState(crashes, name, now())
  const lost = await endLost(crashes, name, { stored, now: now() })
  if (lost) return lost
  const alerts = isWaiting(stored.state, now()) ? [] : due(stored.state)
  const to = alerts.at(-1)?.at
  if (to === undefined) return nothing
  const sending = { ...stored.state, sending: { to, at: isoTime(now()) } }
  const claimed = await writeDeliveryState(crashes, name, { ...stored, state: sending })
  if (!claimed) return nothing
  const error = await sendMessage(destination, messageOf(alerts, { dashboard }), options).then(
    () => null,
    (cause: unknown) => {
      if (!isCrashError(cause)) throw cause
      return cause.message
    },
  )
  const state = stateAfter(stored.state, { error, to, now: now() })
  await writeDeliveryState(crashes, name, { ...claimed, state })
  return { sent: error === null ? alerts.length : 0, error }
}

/** Another run is sending, or the destination failed recently. */
const isWaiting = ({ sending, not_before }: DeliveryState, now: Date) =>
  sending !== null || (not_before !== null && not_before > isoTime(now))

function stateAfter(
  before: DeliveryState,
  { error, to, now }: { error: string | null; to: string; now: Date },
): DeliveryState {
  if (error === null)
    return {
      ...{ version: 1, sent_to: to, sending: null, last_sent_at: isoTime(now) },
      ...{ failures: 0, last_error: null, not_before: null },
    }
  const pause = Math.min(longestPause, firstPause * 2 ** before.failures)
  return {
    ...before,
    ...{ sending: null, failures: before.failures + 1, last_error: error },
    not_before: isoTime(new Date(now.getTime() + pause)),
  }
}

/** Ends a message whose run died; null: there is none. */
async function endLost(
  crashes: Storage,
  name: string,
  { stored, now }: { stored: StoredState; now: Date },
): Promise<Delivered | null> {
  const { sending } = stored.state
  if (!sending || now.getTime() - Date.parse(sending.at) < longestSending) return null
  const error = `the run that was sending alerts up to ${sending.to} ended before the answer; they are not sent again`
  const state = { ...stored.state, sent_to: sending.to, sending: null, last_error: error }
  await writeDeliveryState(crashes, name, { ...stored, state })
  return { sent: 0, error }
}
