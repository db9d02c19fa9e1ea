// Product, version, channel and kind of process, under whichever names the client sends them.
import type { RawCrash } from '../../../shared/crash.ts'
import { receivedAnnotations } from '../../../shared/report/raw-crash.ts'
import { processTypeOf, resolveProduct } from '../../../shared/throttle/product.ts'

const filled = ['ProductName', 'Version', 'ReleaseChannel'] as const

/**
 * The raw crash with the names of Mozilla's clients filled in from those that other clients use, then from the
 * annotations inside the main minidump. A client's own `version` is under `metadata.shadowed`, because the collector has a
 * key of that name.
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
