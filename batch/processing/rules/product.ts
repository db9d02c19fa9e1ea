// Product, version and channel, under whichever names the client sends them.
import type { RawCrash } from '../../../shared/crash.ts'
import { resolveProduct } from '../../../shared/throttle/product.ts'
import { type Rule, rule, textOf } from './rule.ts'

/**
 * The annotations with `ProductName` and `Version` filled in from the names that other clients use. A client's own
 * `version` stands under `metadata.shadowed`, because the collector has a key of that name.
 */
export function withProduct(raw: Readonly<RawCrash>): RawCrash {
  const shadowed = raw.metadata?.shadowed ?? {}
  const { version: _format, ...annotations } = raw
  const { ProductName, Version } = resolveProduct({ ...annotations, ...shadowed })
  const found = Object.entries({ ProductName, Version }).filter(([, value]) => typeof value === 'string')
  return { ...raw, ...Object.fromEntries(found) }
}

/** Clients without a `ReleaseChannel` may send `channel`. */
const product = rule({
  name: 'product',
  version: 1,
  after: ['copy-annotations'],
  run(input, draft) {
    const channel = textOf(input, 'channel')?.trim()
    return draft.release_channel || !channel ? null : { release_channel: channel }
  },
})

export const productRules: readonly Rule[] = [product]
