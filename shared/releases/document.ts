// The aggregate of one product's releases: versions, builds and channels by their age.
import * as z from 'zod/mini'
import { aggregatesVersion, usageMeasure } from '../aggregates/documents.ts'

/** Days since its start for which a release is counted. */
export const daysOfAge = 28

export const releaseKinds = ['version', 'build', 'channel'] as const
const releaseKind = z.enum(releaseKinds)
export type ReleaseKind = z.infer<typeof releaseKind>

const dayOfAge = z.object({
  count: z.number(),
  weighted: z.number(),
  /** Imported use of the day in `measure`; null: none. */
  use: z.nullable(z.number()),
})

/** Flat: seconds of age, reports and estimate between the age before and this one. Ages: `elapsed` of any release. */
const at = z.array(z.number())

const release = z.object({
  kind: releaseKind,
  name: z.string(),
  /** With the most crashes. Empty for a channel. */
  channel: z.string(),
  /** Its first day: the first with at least 2 % of the crashes of its largest day. Of a channel: the first day counted. */
  start: z.string(),
  /** False: the data of the product begin with it, so it may be older. */
  is_start_known: z.boolean(),
  /** Seconds from the beginning of `start` to the newest crash of all products, at most 28 days. */
  elapsed: z.number(),
  /** One entry per begun day of age. */
  days: z.array(dayOfAge),
  at,
  /** The estimate of the last seven days to the newest crash, at any age. */
  recent: z.number(),
  /** Estimates of its crashes by platform: flat, index in `platforms` and estimate of each, the largest first. */
  platforms: z.array(z.number()),
})
export type Release = z.infer<typeof release>

const signatureInRelease = z.object({
  /** Index in `releases`. */
  release: z.number(),
  /** Distinct install times; 0: not known. */
  installs: z.number(),
  /** Index in `platforms` if all reports are from one; else -1. */
  only: z.number(),
  at,
})
export type SignatureInRelease = z.infer<typeof signatureInRelease>

const releaseSignature = z.object({
  signature: z.string(),
  id: z.string(),
  /** In this product, over all time. */
  first_seen: z.string(),
  in: z.array(signatureInRelease),
})
export type ReleaseSignature = z.infer<typeof releaseSignature>

/** aggregates/v4/releases/<product slug>.json. */
export const releasesSchema = z.object({
  version: z.literal(aggregatesVersion),
  generated_at: z.string(),
  product: z.string(),
  /** Unit of use; null: no use was imported. */
  measure: z.nullable(usageMeasure),
  platforms: z.array(z.string()),
  /** Versions by version order, builds by ID, the newest first; channels in the order of the product. */
  releases: z.array(release),
  /** Number of signatures with enough reports for a comparison, also of those that are not in `signatures`. */
  tested: z.number(),
  /** The ones with the most crashes in each release. */
  signatures: z.array(releaseSignature),
})
export type ReleasesAggregate = z.infer<typeof releasesSchema>
