// Decides on a report before it is stored: product, throttle verdict, crash ID.
import { type CrashId, isCrashId } from '../../shared/crash-id.ts'
import { own } from '../../shared/own.ts'
import { renameNotes } from '../../shared/report/file-names.ts'
import { removeAnnotations } from '../../shared/report/raw-crash.ts'
import { Refusal } from '../../shared/report/refusals.ts'
import type { Submission } from '../../shared/report/report-builder.ts'
import { type Policy, removedBy } from '../../shared/throttle/policy.ts'
import { processTypeOf, resolveProduct } from '../../shared/throttle/product.ts'
import { type ThrottleResult, throttle } from '../../shared/throttle/throttle.ts'
import { covers, holderWith } from '../access/access.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Received } from './receive.ts'
import { identify, type IdentifyInput } from './report-identity.ts'

export interface Decision {
  crashId: CrashId
  verdict: ThrottleResult
  /** With product names resolved and split values joined, without annotations that must not be stored. */
  annotations: Readonly<Record<string, unknown>>
  /** `Submission.replaced` without annotations that must not be stored. */
  replaced: Readonly<Record<string, unknown>>
  /** All notes of the report. */
  notes: string[]
}

/** @throws Refusal 'invalid_uuid'; TokensUnknown; CrashError 'bad-config' without a key for crash IDs */
export async function decide(
  request: Request,
  { submission }: Received,
  { policy, receivedAt }: { policy: Policy; receivedAt: Date },
  deps: EdgeDeps,
): Promise<Decision> {
  const banned = removedBy(policy)
  const received = Object.fromEntries(submission.annotations)
  const replaced = Object.fromEntries(submission.replaced)
  const { all, notes: filled } = resolveAll(received, replaced, request)
  const { kept, notes } = removeAnnotations(all, banned)
  const { dumps } = submission
  const input: IdentifyInput = {
    ...{ request, receivedAt, dumps, annotations: kept },
    throttle: (draw) => throttle(policy, all, { now: receivedAt, draw }),
  }
  const { crashId, verdict } = await identify(input, deps)
  const chosen = await chosenId(request, { ...submission, product: annotationText(all, 'ProductName') }, deps)
  return {
    crashId: chosen ?? crashId,
    verdict,
    annotations: kept,
    replaced: removeAnnotations(replaced, banned).kept,
    notes: [...submission.notes, ...renameNotes(submission.dumps), ...filled, ...notes],
  }
}

/**
 * Annotations with the product resolved. Missing ones may have been replaced, or be in the query string, where
 * Crashpad repeats them.
 */
function resolveAll(
  received: Annotations,
  replaced: Annotations,
  request: Request,
): { all: Annotations; notes: string[] } {
  const alone = resolveProduct(received, replaced)
  const { searchParams } = new URL(request.url)
  if (searchParams.size === 0) return { all: alone, notes: [] }
  const all = resolveProduct(received, replaced, Object.fromEntries(searchParams))
  const filled = Object.keys(all).filter((name) => own(all, name) !== own(alone, name))
  return { all, notes: filled.map((name) => `${name} is from the query string`) }
}

/**
 * The id chosen by an authorized sender, by the annotation `uuid` or by resending a stored report; null when the edge
 * generates the id. For other senders `uuid` is an ordinary annotation.
 * @throws Refusal 'invalid_uuid'; TokensUnknown
 */
async function chosenId(
  request: Request,
  { annotations, replayedId, product }: Pick<Submission, 'annotations' | 'replayedId'> & { product: string },
  deps: EdgeDeps,
): Promise<CrashId | null> {
  if (!annotations.has('uuid') && replayedId === undefined) return null
  const holder = await holderWith(request, 'submit_ids', deps)
  if (!holder || !covers(holder, product)) return null
  const id = replayedId ?? annotations.get('uuid')
  if (!isCrashId(id)) throw new Refusal('invalid_uuid')
  return id
}

/** Identity of a report for logs and object metadata. */
export function describe(annotations: Annotations) {
  return {
    product: annotationText(annotations, 'ProductName'),
    version: annotationText(annotations, 'Version'),
    channel: annotationText(annotations, 'ReleaseChannel'),
  }
}

/** Identity of a report for counts of refusals. Slower: it may search a long text for the platform. */
export function describeCounted(annotations: Annotations) {
  return {
    ...describe(annotations),
    platform: platformOf(annotations),
    processType: processTypeOf(annotations) ?? 'parent',
  }
}

type Annotations = Readonly<Record<string, unknown>>

function annotationText(annotations: Annotations, name: string): string {
  const value = own(annotations, name)
  return typeof value === 'string' ? value : ''
}

const platforms: ReadonlyMap<string, string> = new Map([
  ['windows_nt', 'Windows NT'],
  ['windows', 'Windows NT'],
  ['win32', 'Windows NT'],
  ['darwin', 'Mac OS X'],
  ['mac', 'Mac OS X'],
  ['linux', 'Linux'],
  ['android', 'Android'],
])

/** The operating system according to annotations; empty when unknown. */
function platformOf(annotations: Annotations): string {
  if (Object.keys(annotations).some((name) => name.startsWith('Android_'))) return 'Android'
  const environment = /"os"\s*:\s*\{[^{}]*?"name"\s*:\s*"(\w{1,20})"/.exec(
    annotationText(annotations, 'TelemetryEnvironment').slice(0, 100_000),
  )
  const names = ['platform', 'plat', 'OS'].map((key) => annotationText(annotations, key))
  const name = environment?.[1] ?? names.find((text) => text !== '') ?? ''
  return platforms.get(name.toLowerCase()) ?? ''
}
