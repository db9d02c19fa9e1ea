// The rule that knows under which names clients send product, version and channel.
import type { Rule } from './rule.ts'

const names = {
  product: ['ProductName', 'product', 'prod', '_productName'],
  version: ['Version', 'ver', '_version'],
  channel: ['ReleaseChannel', 'channel'],
} as const

function firstText(raw: Readonly<Record<string, unknown>>, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = raw[key]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return null
}

/** The product's name; empty when the report does not tell. */
export const productNameOf = (raw: Readonly<Record<string, unknown>>) => firstText(raw, names.product) ?? ''

const product: Rule = {
  name: 'product',
  version: 1,
  after: ['copy-annotations'],
  run({ raw }) {
    const version = firstText(raw, names.version)
    const channel = firstText(raw, names.channel)
    return {
      product: productNameOf(raw),
      ...(version === null ? {} : { version }),
      ...(channel === null ? {} : { release_channel: channel }),
    }
  },
}

export const productRules: readonly Rule[] = [product]
