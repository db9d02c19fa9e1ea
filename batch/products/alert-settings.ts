// The part of a product file about alerts: rules, what is muted, where messages go.
import * as z from 'zod/mini'
import { alertRules } from '../../shared/alerts/alert.ts'
import { date, documented, exactObject, percent, text } from '../../shared/json/schema.ts'

const timesText = 'must be a number from 1 to 1000'
const times = z.number(timesText).check(z.minimum(1, timesText), z.maximum(1000, timesText))
const countText = 'must be a whole number from 1'
const count = z.int(countText).check(z.minimum(1, countText))

const leastShare = (usual: number) =>
  documented(z._default(percent, usual), 'Least share of the crashes of the product, in percent.')
const leastTimes = (usual: number, of: string) =>
  documented(z._default(times, usual), `Least ratio to ${of}.`)

/** `null` switches a rule off; without it, its defaults apply. */
const rule = <Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) =>
  documented(
    z.prefault(z.nullable(exactObject(shape)), () => ({}) as never),
    `${description} \`null\`: no alerts.`,
  )

const rules = exactObject({
  new_signature: rule('A signature that was never seen before and is more than chance.', {
    share: leastShare(0.5),
  }),
  rising: rule(
    'A signature that is more frequent than in the week before, or than in the version before at the same age.',
    { share: leastShare(1), times: leastTimes(1.5, 'the share before') },
  ),
  spike: rule('A day with more crashes of the product than the days before explain.', {
    times: leastTimes(1.5, 'the mean of the days before'),
    crashes: documented(z._default(count, 50), 'Least number of crashes on the day.'),
  }),
  version_rate: rule(
    'The newest version crashes more often than the one before it at the same age; only with imported `usage`.',
    { times: leastTimes(1.2, 'the rate of the version before') },
  ),
  refused: rule('A day with more refused reports than the days before explain.', {
    times: leastTimes(2, 'the mean of the days before'),
    reports: documented(z._default(count, 50), 'Least number of refused reports on the day.'),
  }),
  missing_symbols: rule('More crashes than in the week before lack the symbols of a module.', {
    share: leastShare(5),
  }),
} satisfies Record<(typeof alertRules)[number], z.ZodMiniType>)

const mute = exactObject({
  rule: z.exactOptional(documented(z.enum(alertRules), 'Only alerts of this rule. Absent: of all rules.')),
  signature: z.exactOptional(
    documented(
      text,
      'Only alerts about this signature; `*` is any text. Absent: about all signatures, and about none.',
    ),
  ),
  until: z.exactOptional(documented(date, 'The last day (UTC). Absent: no end.')),
}).check(
  z.refine(
    (entry) => Object.keys(entry).length > 0,
    'must have a rule, a signature or an end: {} would mute all',
  ),
)

const destinationText = 'must be a name in ALERT_DESTINATIONS: letters, digits, - and _'
/** A destination of `ALERT_DESTINATIONS`. */
const destinationName = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, destinationText))

export const alertSettings = exactObject({
  rules: documented(
    z._default(rules, z.parse(rules, {})),
    'Thresholds of each rule, besides being more than chance.',
  ),
  mute: documented(z._default(z.array(mute).check(z.maxLength(200)), []), 'Alerts that are not raised.'),
  destinations: documented(
    z._default(z.nullable(z.array(destinationName).check(z.maxLength(50))), null),
    'Names of the destinations that receive its alerts, of those in `ALERT_DESTINATIONS`; `null`: all of them.',
  ),
})
export type AlertSettings = z.output<typeof alertSettings>
export const defaultAlertSettings: AlertSettings = z.parse(alertSettings, {})
