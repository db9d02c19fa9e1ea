// The signature index of invented crashes, and indexes of any size.
import { searchablePart } from '../../dashboard/model/signatures/find-signatures.ts'
import { aggregatesVersion } from '../../shared/aggregates/documents.ts'
import { levelsOf } from '../../shared/aggregates/day-levels.ts'
import { signatureIndexKey, signatureIndexPartKey } from '../../shared/keys.ts'
import { dayNumberOf, type SignatureIndexPart } from '../../shared/aggregates/signature-index.ts'
import { createRandom } from './mutate.ts'

/** What a signature of an index is made from. */
export interface SampleSignature {
  signature: string
  product: string
  /** Crashes of each of the last 28 days, the oldest first. */
  days: number[]
}

const common = (now: string) => ({ version: aggregatesVersion, generated_at: now }) as const

/** The document and one part per 5,000 signatures, all seen today, by key. */
export function signatureIndexOf(signatures: readonly SampleSignature[], now: string): Map<string, unknown> {
  const size = 5000
  const parts = Array.from({ length: Math.ceil(signatures.length / size) }, (_, i) =>
    partOf(`recent-${i + 1}`, signatures.slice(i * size, (i + 1) * size), now),
  )
  const index = {
    ...common(now),
    parts: parts.map((part) => ({ name: part.name, signatures: part.signatures.length, recent: true })),
    omitted: 0,
  }
  return new Map<string, unknown>([
    [signatureIndexKey, index],
    ...parts.map((part) => [signatureIndexPartKey(part.name), part] as const),
  ])
}

function partOf(name: string, list: readonly SampleSignature[], now: string): SignatureIndexPart {
  const names = [...new Set(list.map(({ product }) => product))]
  const totals = list.map(({ days }) => days.reduce((sum, count) => sum + count, 0))
  const today = dayNumberOf(now.slice(0, 10))
  return {
    ...common(now),
    name,
    signatures: list.map(({ signature }) => signature),
    product_names: names,
    products: list.map(({ product }) => [names.indexOf(product)]),
    recent: totals,
    days: list.map(({ days }) => levelsOf(days)),
    total: totals.map((total) => 3 * total),
    first_seen: list.map(() => today - 100),
    last_seen: list.map(() => today),
  }
}

const words =
  'Cache Evict Image Surface Layer Frame Tree Node Script Compile Value Object Thread Mutex Lock Render Draw Paint Text Font Glyph Buffer Stream Read Write Parse Token Event Loop Task Queue Dispatch Worker Session'.split(
    ' ',
  )

/** Signatures of one or two functions, the same for the same count. */
export function manySignatures(count: number): SampleSignature[] {
  const random = createRandom(7)
  const word = () => words[Math.floor(random() ** 1.5 * words.length)]!
  const name = () => `sim::${word()}${word()}::${word()}${word()}`
  return Array.from({ length: count }, (_, i) => ({
    signature: `${name()}${i % 3 === 0 ? ` | ${name()}` : ''}::f${i}`,
    product: i % 5 === 0 ? 'Atelier' : 'Lumen',
    days: Array.from({ length: 28 }, () => Math.floor((20 * random() * count) / (i + count / 10))),
  }))
}

/** The parts of such an index, as pages search them. */
export const searchableParts = (...args: Parameters<typeof signatureIndexOf>) =>
  [...signatureIndexOf(...args)].flatMap(([key, document]) =>
    key.includes('/signature-index/') ? searchablePart(document as SignatureIndexPart) : [],
  )
