// What was found before, so that an event gives one alert: the rules of the memory, without its storage.
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { type Alert, type AlertRule, alertSchema } from '../../shared/alerts/alert.ts'
import { exactObject } from '../../shared/json/schema.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { addDays } from '../../shared/time/dates.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { Candidate } from './product-facts.ts'

const rememberedEvent = exactObject({
  product: z.string(),
  rule: z.string(),
  subject: z.string(),
  /** The newest day with crashes when it was last found. */
  last: z.string(),
})

export const memoryDocument = exactObject({
  version: z.literal(1),
  /** When the memory began. */
  since: z.string(),
  /** Those last found first. */
  events: z.array(rememberedEvent),
  /** Oldest first. */
  alerts: z.array(alertSchema),
})
export type AlertMemory = z.output<typeof memoryDocument>

export const emptyMemory = (now: Date): AlertMemory => ({
  version: 1,
  since: isoTime(now),
  events: [],
  alerts: [],
})

/** An event that was not found for longer ends: the next one is another. */
const quietDays: Readonly<Record<AlertRule, number>> = {
  new_signature: 28,
  rising: 7,
  spike: 3,
  version_rate: 28,
  refused: 3,
  missing_symbols: 7,
}
const mostEvents = 5000
const mostAlerts = 1000
/** Days for which alerts are kept. */
const alertDays = 90
/** Alerts of one product and rule in one round; the others are counted in the last of them. */
const mostAtOnce = 5

export interface Finding {
  candidates: readonly Candidate[]
  /** The newest day with crashes. */
  day: IsoDate
  now: Date
}

/** The memory after a round, and the alerts that are new. The same memory: nothing changed. */
export function remember(
  memory: AlertMemory,
  { candidates, day, now }: Finding,
): { memory: AlertMemory; raised: Alert[] } {
  const events = new Map(memory.events.map((event) => [keyOf(event), event]))
  const fresh: Candidate[] = []
  let isChanged = false
  for (const candidate of candidates) {
    const event = eventOf(candidate, day)
    const known = events.get(keyOf(event))
    if (!known || known.last < addDays(day, -quietDays[candidate.rule])) fresh.push(candidate)
    if (known && known.last >= day) continue
    events.set(keyOf(event), event)
    isChanged = true
  }
  if (!isChanged) return { memory, raised: [] }
  const raised = alertsOf(fresh, { day, at: timeAfter(memory, now) })
  const oldest = isoTime(new Date(now.getTime() - alertDays * 86_400_000))
  return {
    raised,
    memory: {
      ...memory,
      events: [...events.values()].sort((a, b) => ascending(b.last, a.last)).slice(0, mostEvents),
      alerts: [...memory.alerts, ...raised].filter(({ at }) => at >= oldest).slice(-mostAlerts),
    },
  }
}

/** Those of one round stay in their order. */
export const newestFirst = (alerts: readonly Alert[]): Alert[] =>
  [...alerts].sort((a, b) => ascending(b.at, a.at))

/** One event for a product as a whole, regardless of what is most frequent in it. */
const eventOf = ({ product, rule, subject }: Candidate, last: IsoDate) => ({
  ...{ product, rule, subject: rule === 'refused' ? '' : subject, last },
})
const keyOf = ({ product, rule, subject }: Pick<Candidate, 'product' | 'subject'> & { rule: string }) =>
  JSON.stringify([product, rule, subject])

/** After the last alert also when clocks differ: destinations remember how far they got. */
function timeAfter({ alerts }: AlertMemory, now: Date): string {
  const last = alerts.at(-1)
  return isoTime(new Date(Math.max(now.getTime(), last ? Date.parse(last.at) + 1 : 0)))
}

/** In the form in which they are read from the store, so that documents of the same alerts are equal. */
function alertsOf(candidates: readonly Candidate[], { day, at }: { day: IsoDate; at: string }): Alert[] {
  const groups = Map.groupBy(candidates, ({ product, rule }) => JSON.stringify([product, rule]))
  return [...groups.values()].flatMap((group) =>
    group.slice(0, mostAtOnce).map((candidate, place) => {
      const more = place === mostAtOnce - 1 ? group.length - mostAtOnce : 0
      return z.parse(alertSchema, { ...candidate, id: idOf(candidate, day), at, more })
    }),
  )
}

const idOf = (candidate: Candidate, day: IsoDate) =>
  createHash('sha256')
    .update(`${keyOf(candidate)} ${day}`)
    .digest('hex')
    .slice(0, 32)
