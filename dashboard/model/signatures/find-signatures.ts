// Finding signatures by substrings in the parts of the signature index: 100,000 within a few milliseconds.
import { valuesOfLevels } from '../../../shared/aggregates/day-levels.ts'
import { dateOfDayNumber, type SignatureIndexPart } from '../../../shared/aggregates/signature-index.ts'
import type { IsoDate } from '../../../shared/units.ts'

/** A part of the index with its names as one text in lower case. */
export interface SearchablePart {
  part: SignatureIndexPart
  /** Each name is followed by a line break. */
  text: string
  /** Where the name of each row begins, then the length of the text. */
  starts: Uint32Array
}

/** Prepares a part; line breaks in names become spaces, as in queries. */
export function searchablePart(part: SignatureIndexPart): SearchablePart {
  const names = part.signatures.map(fold)
  const starts = new Uint32Array(names.length + 1)
  for (const [row, name] of names.entries()) starts[row + 1] = starts[row]! + name.length + 1
  return { part, text: `${names.join('\n')}\n`, starts }
}

const fold = (text: string) => text.replaceAll('\n', ' ').toLowerCase()

/** One signature of the index. */
export interface IndexedSignature {
  signature: string
  /** Those with the most crashes first, at most 5. */
  products: string[]
  /** Estimated crashes of the last 28 days. */
  recent: number
  /** Estimated crashes over all time. */
  total: number
  /** Levels of the last 28 days; null when there were no crashes. */
  days: number[] | null
  firstSeen: IsoDate
  lastSeen: IsoDate
}

/** A row of a part, not yet read. */
export interface FoundRow {
  part: SignatureIndexPart
  row: number
}

export function readRow({ part, row }: FoundRow): IndexedSignature {
  const days = part.days?.[row]
  return {
    signature: part.signatures[row]!,
    products: part.products[row]!.map((place) => part.product_names[place] ?? ''),
    recent: part.recent?.[row] ?? 0,
    total: part.total[row]!,
    days: days === undefined ? null : valuesOfLevels(days),
    firstSeen: dateOfDayNumber(part.first_seen[row]!),
    lastSeen: dateOfDayNumber(part.last_seen[row]!),
  }
}

/** What signatures must have. */
export interface Wanted {
  /** Words, each of which a name contains, ignoring case. Empty: any name. */
  text: string
  product?: string | undefined
}

/**
 * Rows in the order of the index, better matches first: the whole name, its beginning, the beginning of a word, any
 * other place.
 */
export function findSignatures(parts: readonly SearchablePart[], { text, product }: Wanted): FoundRow[] {
  const words = fold(text).split(/\s+/).filter(Boolean)
  const byRank: FoundRow[][] = [[], [], [], []]
  for (const searchable of parts) {
    const { part } = searchable
    const isOfProduct = productMatcher(part, product)
    eachMatch(searchable, words, (row, rank) => {
      if (isOfProduct(row)) byRank[rank]!.push({ part, row })
    })
  }
  return byRank.flat()
}

function productMatcher({ product_names, products }: SignatureIndexPart, wanted: string | undefined) {
  if (wanted === undefined) return () => true
  const place = product_names.indexOf(wanted)
  return (row: number) => place >= 0 && products[row]!.includes(place)
}

/** Calls `found` with each row that contains all words, and its rank, 0 to 3. */
function eachMatch(
  { text, starts }: SearchablePart,
  words: readonly string[],
  found: (row: number, rank: number) => void,
): void {
  const [first = '', ...others] = words
  const whole = words.join(' ')
  let at = 0
  for (let row = 0; row < starts.length - 1; row++) {
    at = text.indexOf(first, Math.max(at, starts[row]!))
    if (at < 0) return
    while (starts[row + 1]! <= at) row++
    const [start, end] = [starts[row]!, starts[row + 1]! - 1]
    if (others.length === 0) found(row, rankAt(text, { at, start, end, length: first.length }))
    else {
      const name = text.slice(start, end)
      if (others.every((word) => name.includes(word))) found(row, rankOf(name, whole))
    }
  }
}

/** How well a text matches a name that contains its words: 0 is the whole name, 1 its beginning, 2 that of a word. */
export function rankOf(name: string, wanted: string): number {
  const at = name.indexOf(wanted)
  return at < 0 ? 3 : rankAt(name, { at, start: 0, end: name.length, length: wanted.length })
}

interface Place {
  /** Where a match of `length` begins, in a name from `start` to `end`. */
  at: number
  length: number
  start: number
  end: number
}

function rankAt(text: string, { at, length, start, end }: Place): number {
  if (at === start) return length === end - start ? 0 : 1
  return isWordCharacter(text.charCodeAt(at - 1)) ? 3 : 2
}

/** Letters, digits and `_`; all characters beyond ASCII count as letters. */
const isWordCharacter = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95 || code >= 128
