// What matters about the newest release of a product: the start of its page, and one sentence on the home page.
import * as z from 'zod/mini'

/** `new`: not in the other release at the same age, or first seen after this one began; `gone`: only in the other. */
const findingKind = z.enum(['new', 'rising', 'falling', 'gone'])
export type FindingKind = z.infer<typeof findingKind>

const finding = z.object({
  kind: findingKind,
  signature: z.string(),
  /** First seen in this product, if after the release began; else null. */
  since: z.nullable(z.string()),
  /** All its reports are from this platform, which chance does not explain; null: from several. */
  only: z.nullable(z.string()),
  /** 0…1 of all crashes of this release, and of the other one at the same age. */
  share: z.number(),
  share_before: z.number(),
})
export type Finding = z.infer<typeof finding>

/** A significant difference of the crash rates: how many times the other release's; null: none, or not known. */
const rateChange = z.nullable(z.number())

export const headlineSchema = z.object({
  /** The release, and the one that it is compared with. */
  name: z.string(),
  against: z.string(),
  /** Whole days since its start, at most 28. */
  age: z.number(),
  rate_change: rateChange,
  /** The two with the largest difference that increased, then those that decreased. */
  findings: z.array(finding),
  /** The number of all findings. */
  count: z.number(),
})
export type Headline = z.infer<typeof headlineSchema>
