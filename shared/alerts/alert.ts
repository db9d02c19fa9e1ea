// An alert: something about a product that people want to know soon. docs/alerts.md describes the rules.
import * as z from 'zod/mini'
import { aggregatesVersion } from '../aggregates/documents.ts'

/** In the order in which alerts of one round are listed. */
export const alertRules = [
  'new_signature',
  'rising',
  'spike',
  'version_rate',
  'refused',
  'missing_symbols',
] as const
export type AlertRule = (typeof alertRules)[number]

/** For headings and lists. */
export const alertRuleNames: Readonly<Record<AlertRule, string>> = {
  new_signature: 'New signature',
  rising: 'Rising signature',
  spike: 'Spike',
  version_rate: 'New version crashes more',
  refused: 'Refused reports',
  missing_symbols: 'Missing symbols',
}

export const alertSchema = z.object({
  /** 32 hexadecimal digits; never changes. */
  id: z.string(),
  /** When it was found. Alerts are in this order; those of one round have the same time. */
  at: z.string(),
  product: z.string(),
  rule: z.enum(alertRules),
  /**
   * The signature, the version (`version_rate`), the name of the module (`missing_symbols`), the most frequent rule of
   * refusals (`refused`); empty for `spike`.
   */
  subject: z.string(),
  /** The day that it is about: the first day of a new signature, the day of a spike; else the newest day with crashes. */
  day: z.string(),
  /** Shares 0…1 of the crashes; for `spike` and `refused` a number on the day; for `version_rate` a ratio of rates. */
  value: z.number(),
  /** The same in the time before or in the other version; the mean of the days before. */
  usual: z.number(),
  /** The version in which it was found, and the one that it was compared with; null: all versions. */
  version: z.nullable(z.string()),
  against: z.nullable(z.string()),
  /** All reports are from this platform, which chance does not explain; null: from several. */
  only: z.nullable(z.string()),
  /** Further ones of the same rule and product that were found with it, and that have no alert of their own. */
  more: z.number(),
})
export type Alert = z.infer<typeof alertSchema>

/** Alerts in `alerts.json`. */
export const alertsListed = 100

/** aggregates/v4/alerts.json: the last alerts of all products, the newest first. */
export const alertsSchema = z.object({
  version: z.literal(aggregatesVersion),
  generated_at: z.string(),
  alerts: z.array(alertSchema),
})
export type AlertsAggregate = z.infer<typeof alertsSchema>
