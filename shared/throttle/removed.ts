// Annotations that are not stored.
import { bannedAnnotations } from '../fields/annotations.ts'
import type { Policy } from './policy.ts'

/** Names of annotations to remove before a report is identified or stored: banned ones and those of the policy. */
export function removedBy({ remove }: Policy): ReadonlySet<string> {
  return remove.length > 0 ? new Set([...bannedAnnotations, ...remove]) : bannedAnnotations
}
