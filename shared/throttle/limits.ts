// The limits that a policy may set: name, description, and the submission limit it controls.
import { defaultLimits, type SubmissionLimits } from '../report/refusals.ts'

/** Sizes in bytes, inclusive. Defaults: `shared/report/refusals.ts`. */
export const limitTable = {
  bodyBytes: { sets: 'maxBodyBytes', doc: 'The body on the wire; a larger one gets status 413.' },
  inflatedBytes: { sets: 'maxInflatedBytes', doc: 'The body when inflated.' },
  ratio: { sets: 'maxRatio', doc: 'Inflated size divided by size on the wire, checked beyond 2 MiB.' },
  parts: { sets: 'maxParts', doc: 'All parts of one report.' },
  partHeaderBytes: { sets: 'maxPartHeaderBytes', doc: 'The headers of one part.' },
  fields: { sets: 'maxFields', doc: 'Annotations of one report.' },
  annotationBytes: { sets: 'maxFieldBytes', doc: 'One annotation; larger ones are dropped with a note.' },
  allAnnotationBytes: { sets: 'maxAnnotationBytes', doc: 'All annotations of one report together.' },
  files: { sets: 'maxFiles', doc: 'Files of one report.' },
} as const satisfies Record<string, { sets: keyof SubmissionLimits; doc: string }>

export type LimitName = keyof typeof limitTable
/** The limits set by a policy; others keep their defaults. */
export type Limits = Readonly<Partial<Record<LimitName, number>>>

/** The limits of a submission: those of the policy over the defaults. */
export function submissionLimits(limits: Limits): SubmissionLimits {
  const merged: SubmissionLimits = { ...defaultLimits }
  for (const [name, value] of Object.entries(limits)) merged[limitTable[name as LimitName].sets] = value
  return merged
}

/** The default of a limit. */
export const defaultOf = (name: LimitName): number => defaultLimits[limitTable[name].sets]
