// The limits a policy may set: the name of each, its meaning, and which limit of the reader it is.
import { defaultLimits, type SubmissionLimits } from '../report/refusals.ts'

/** Sizes in bytes, inclusive. What each is unless set: `shared/report/refusals.ts`. */
export const limitTable = {
  bodyBytes: { sets: 'maxBodyBytes', doc: 'The body on the wire; larger ones are answered with 413.' },
  inflatedBytes: { sets: 'maxInflatedBytes', doc: 'The body when inflated.' },
  ratio: { sets: 'maxRatio', doc: 'Inflated size over size on the wire, looked at beyond 8 MiB.' },
  parts: { sets: 'maxParts', doc: 'All parts of one report.' },
  partHeaderBytes: { sets: 'maxPartHeaderBytes', doc: 'The headers of one part.' },
  fields: { sets: 'maxFields', doc: 'Annotations of one report.' },
  annotationBytes: { sets: 'maxFieldBytes', doc: 'One annotation; larger ones are dropped with a note.' },
  allAnnotationBytes: { sets: 'maxAnnotationBytes', doc: 'All annotations of one report together.' },
  files: { sets: 'maxFiles', doc: 'Files of one report.' },
} as const satisfies Record<string, { sets: keyof SubmissionLimits; doc: string }>

export type LimitName = keyof typeof limitTable
/** What a policy sets; the others are as they are by default. */
export type Limits = Readonly<Partial<Record<LimitName, number>>>

/** The limits of a submission, those of a policy over the defaults. */
export function submissionLimits(limits: Limits): SubmissionLimits {
  const merged: SubmissionLimits = { ...defaultLimits }
  for (const [name, value] of Object.entries(limits)) merged[limitTable[name as LimitName].sets] = value
  return merged
}

/** What a limit is when no policy sets it. */
export const defaultOf = (name: LimitName): number => defaultLimits[limitTable[name].sets]
