// What is hidden among simulated crashes for readers and tests to find: each declared here and nowhere else.

/** The products of a simulation with the most crashes; further ones are numbered. */
export const leadingProducts = ['SimBrowser', 'SimEditor', 'SimMail'] as const

/** Major versions of every product, the newest; older ones count down from it. */
export const newestMajor = 102

/** A new version of the first product, from a fraction of the days on. Its share of all crashes grows to `share`. */
export const newVersion = { product: leadingProducts[0], major: 103, from: 0.75, share: 0.5 } as const

/** A signature that appears after a fraction of the days, in the newest major versions on one platform. */
export const regression = {
  product: leadingProducts[0],
  signature: 'sim::Cache::Evict',
  leastMajor: newestMajor,
  platform: 'Windows NT',
  from: 0.5,
  /** Of the crashes of the product on the platform in those versions. */
  share: 0.06,
} as const

/** A signature that the new version no longer has. */
export const fixed = {
  product: leadingProducts[0],
  signature: 'sim::Journal::Replay',
  beforeMajor: newVersion.major,
  /** Of the crashes of the product in older versions. */
  share: 0.04,
} as const

/**
 * A module (table `modules`), a vendor of graphics adapters and a pretty version of Windows that crashes with one
 * signature have more often than others: percentages with the signature and with others. The version of the module is
 * always the same.
 */
export const correlation = {
  signature: regression.signature,
  module: { name: 'simhook.dll', version: '3.2', inside: 85, outside: 4 },
  vendor: { id: '0x10de', inside: 70 },
} as const
