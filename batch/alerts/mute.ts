// Which alerts a product file mutes.
import type { Alert } from '../../shared/alerts/alert.ts'
import { starMatcher } from '../../shared/text/star-pattern.ts'
import { dateAt } from '../../shared/time/dates.ts'
import type { AlertSettings } from '../products/alert-settings.ts'

const ofSignatures: ReadonlySet<string> = new Set(['new_signature', 'rising'])

/** Whether an alert of the product with these settings is muted at this time. */
export function isMuted(
  { rule, subject }: Pick<Alert, 'rule' | 'subject'>,
  { mute }: Pick<AlertSettings, 'mute'>,
  now: Date,
): boolean {
  const today = dateAt(now)
  return mute.some(
    (entry) =>
      (entry.until === undefined || today <= entry.until) &&
      (entry.rule === undefined || entry.rule === rule) &&
      (entry.signature === undefined || (ofSignatures.has(rule) && starMatcher([entry.signature])(subject))),
  )
}
