// Joins long values that Electron sends in pieces (`key__1`, `key__2`, …).
// https://github.com/electron/electron/blob/main/shell/common/crash_keys.cc
import { concatBytes } from '../../bytes/concat.ts'
import { decodeUtf8 } from './text.ts'

const piece = /^(.+)__(\d{1,4})$/
const encoder = new TextEncoder()

/** True for names of pieces. The text of a piece may be split within a character. */
export const isPieceName = (name: string): boolean => piece.test(name)

export interface JoinedAnnotations {
  annotations: ReadonlyMap<string, unknown>
  /** Names of annotations in which characters were replaced. */
  inexact: readonly string[]
}

/**
 * The annotations, the same map if there is no series, with every series `key__1` … `key__n` of texts joined as
 * `key`, at the position of its first piece. A series that does not start at 1, or whose `key` exists, stays
 * unchanged, as do pieces after a gap. `cut`: the bytes of pieces that are not valid UTF-8 alone.
 */
export function joinSplitAnnotations(
  annotations: ReadonlyMap<string, unknown>,
  cut: ReadonlyMap<string, Uint8Array> = new Map(),
): JoinedAnnotations {
  const series = new Map<string, string[]>()
  for (const name of annotations.keys()) {
    const match = piece.exec(name)
    if (match?.[2] === '1' && !annotations.has(match[1]!)) {
      const names = piecesOf(annotations, match[1]!)
      if (names.length > 0) series.set(match[1]!, names)
    }
  }
  if (series.size === 0) return { annotations, inexact: [...cut.keys()] }
  return join(annotations, series, cut)
}

function piecesOf(annotations: ReadonlyMap<string, unknown>, key: string): string[] {
  const names: string[] = []
  for (let i = 1; typeof annotations.get(`${key}__${i}`) === 'string'; i++) names.push(`${key}__${i}`)
  return names
}

function join(
  annotations: ReadonlyMap<string, unknown>,
  series: ReadonlyMap<string, string[]>,
  cut: ReadonlyMap<string, Uint8Array>,
): JoinedAnnotations {
  const joined = new Map<string, unknown>()
  const inexact: string[] = []
  for (const [name, value] of annotations) {
    const match = piece.exec(name)
    const names = match ? series.get(match[1]!) : undefined
    const number = Number(match?.[2])
    if (!names || number > names.length || `${number}` !== match![2]) {
      joined.set(name, value)
      if (cut.has(name)) inexact.push(name)
    } else if (number === 1) {
      const { text, exact } = joinedText(names, annotations, cut)
      joined.set(match![1]!, text)
      if (!exact) inexact.push(match![1]!)
    }
  }
  return { annotations: joined, inexact }
}

function joinedText(
  names: readonly string[],
  annotations: ReadonlyMap<string, unknown>,
  cut: ReadonlyMap<string, Uint8Array>,
) {
  const texts = names.map((name) => annotations.get(name) as string)
  if (!names.some((name) => cut.has(name))) return { text: texts.join(''), exact: true }
  return decodeUtf8(concatBytes(names.map((name, i) => cut.get(name) ?? encoder.encode(texts[i]))))
}
