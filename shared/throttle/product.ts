// The product of a report: client families use different annotations for name and version.
import { own } from '../own.ts'

/** Names of product and version, the most specific first: Electron's `prod` is `Electron` for every app. */
const aliases = [
  ['ProductName', 'Version'],
  ['_productName', '_version'],
  ['prod', 'ver'],
  ['product', 'version'],
] as const

/**
 * The annotations with `ProductName` and `Version` filled in where the client used other names. Nothing is removed or
 * overwritten, and the version is only taken from the pair that named the product.
 */
export function resolveProduct(
  annotations: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const pair = aliases.find(([product]) => isText(annotations, product))
  if (!pair || pair[0] === 'ProductName') return annotations
  const resolved: Record<string, unknown> = { ...annotations, ProductName: annotations[pair[0]] }
  if (!Object.hasOwn(annotations, 'Version') && isText(annotations, pair[1])) {
    resolved.Version = annotations[pair[1]]
  }
  return resolved
}

function isText(annotations: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = own(annotations, name)
  return typeof value === 'string' && value !== ''
}
