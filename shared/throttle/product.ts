// Which program a report is of: client families name product and version differently.
import { own } from '../own.ts'
import { joinSplitAnnotations } from '../report/split-annotations.ts'

/** Names that mean product and version, the more telling first: Electron's own `prod` is `Electron` for every app. */
const aliases = [
  ['ProductName', 'Version'],
  ['_productName', '_version'],
  ['prod', 'ver'],
  ['product', 'version'],
] as const

/**
 * The annotations with `ProductName` and `Version` filled in where the client used other names. Nothing is removed
 * or overwritten, and a version is only taken from the pair that named the product.
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

/** Annotations as a throttle judges them: as received, split values joined and the product resolved. */
export const annotationsToJudge = (received: ReadonlyMap<string, unknown>) =>
  resolveProduct(Object.fromEntries(joinSplitAnnotations(received)))

function isText(annotations: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = own(annotations, name)
  return typeof value === 'string' && value !== ''
}
