// Which alerts the data of one product give. The analyses are those of the home page and of the page of releases.
import { alertRules } from '../../shared/alerts/alert.ts'
import { refusedAlerts, spikeAlerts, symbolAlerts } from './day-alerts.ts'
import type { Candidate, ProductFacts } from './product-facts.ts'
import { signatureAlerts, versionAlerts } from './signature-alerts.ts'

/** At most one for each rule and subject, in the order of the rules, the largest first. */
export function findAlerts(facts: ProductFacts): Candidate[] {
  if (facts.days.length === 0) return []
  const found = new Map<string, Candidate>()
  for (const find of [signatureAlerts, versionAlerts, spikeAlerts, refusedAlerts, symbolAlerts])
    for (const one of find(facts)) {
      const key = JSON.stringify([one.rule, one.subject])
      if (!found.has(key)) found.set(key, one)
    }
  const place = ({ rule }: Candidate) => alertRules.indexOf(rule)
  return [...found.values()].sort((a, b) => place(a) - place(b) || b.value - a.value)
}
