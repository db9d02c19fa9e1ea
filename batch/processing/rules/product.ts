// Product, version, channel and process type, from the names that different clients use.
import type { RawCrash } from '../../../shared/crash.ts'
import { receivedAnnotations } from '../../../shared/report/raw-crash.ts'
import { processTypeOf, resolveProduct } from '../../../shared/throttle/product.ts'

const filled = ['ProductName', 'Version', 'ReleaseChannel'] as const

/**
 * Returns the raw crash with missing Mozilla annotations filled in, first from the annotations of other clients, then
 * from those inside the main minidump. A client's own `version` is under `metadata.shadowed`, because the collector has
 * a key of that name.
 */
export function withProduct(
  raw: Readonly<RawCrash>,
  inDump: ReadonlyMap<string, string> = new Map(),
): RawCrash {
  const received = receivedAnnotations(raw)
  const inner = Object.fromEntries(inDump)
  const resolved = resolveProduct(received, inner)
  const found = filled.map((name) => [name, resolved[name]] as const)
  const process = processTypeOf(received) === null ? processTypeOf(inner) : null
  const values = [...found, ['ProcessType', process] as const].filter(
    ([, value]) => typeof value === 'string',
  )
  return { ...raw, ...Object.fromEntries(values) }
}
