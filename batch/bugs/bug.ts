// A bug of a tracker, and the signatures that its text names.
import type { IsoTime } from '../../shared/units.ts'

/** One bug. Texts are cut to the limits below. */
export interface Bug {
  /** As the tracker shows it: a number, or a key such as `APP-12`. */
  id: string
  /** Its page; null when unknown. */
  url: string | null
  status: string | null
  resolution: string | null
  /** Null when unknown. */
  is_open: boolean | null
  summary: string | null
  /** Without repetitions, in the order of the text. */
  signatures: readonly string[]
  /** Not visible without a token. */
  is_private: boolean
  reported_at: IsoTime | null
  changed_at: IsoTime | null
}

/** Characters of a text, and signatures of a bug. */
const limits = { id: 100, url: 2000, status: 100, summary: 500, signature: 1000, signatures: 500 } as const

/** Socorro's rule: the text after each `[@`, up to its last `]`, trimmed. A part without `]` is ignored. */
export const signaturesIn = (text: string): string[] =>
  unique(partsOf(text).map((part) => part.slice(0, Math.max(0, part.lastIndexOf(']')))))

/**
 * The same for titles and descriptions, where other brackets may follow: a signature ends on its line, at the bracket
 * that closes it; at the last one of the line when none does.
 */
export const signaturesInProse = (text: string): string[] =>
  unique(
    partsOf(text).map((part) => {
      const line = /^[^\r\n]*/.exec(part)![0]
      return line.slice(0, closingBracket(line) ?? Math.max(0, line.lastIndexOf(']')))
    }),
  )

const partsOf = (text: string) => text.split('[@').slice(1)

function closingBracket(line: string): number | null {
  let depth = 1
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '[') depth++
    else if (line[i] === ']' && --depth === 0) return i
  }
  return null
}

/** Trimmed, without empty ones and repetitions. */
export function unique(signatures: readonly string[]): string[] {
  const kept = new Set<string>()
  for (const signature of signatures) {
    if (kept.size === limits.signatures) break
    const text = signature.trim()
    if (text !== '') kept.add(cut(text, limits.signature))
  }
  return [...kept]
}

const cut = (text: string, most: number) => text.slice(0, most).toWellFormed()

/** A bug with its texts cut to their limits; only links to http and https stay. */
export function boundedBug(bug: Bug): Bug {
  const short = (text: string | null, most: number) => (text ? cut(text, most) : null)
  return {
    ...bug,
    id: cut(bug.id, limits.id),
    url: bug.url && /^https?:\/\//.test(bug.url) && bug.url.length <= limits.url ? bug.url : null,
    status: short(bug.status, limits.status),
    resolution: short(bug.resolution, limits.status),
    summary: short(bug.summary, limits.summary),
  }
}
