// Annotations that a policy does not let in.
import { bannedAnnotations } from '../fields/annotations.ts'
import type { Policy } from './policy.ts'

/** Names of annotations that are taken out before a report is identified or stored: what nobody keeps, and what the policy adds. */
export function removedBy({ remove }: Policy): ReadonlySet<string> {
  return remove.length > 0 ? new Set([...bannedAnnotations, ...remove]) : bannedAnnotations
}
