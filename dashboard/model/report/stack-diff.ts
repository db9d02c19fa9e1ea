// The difference of two stacks: which frames both have, and which only one of them.
import type { PartialCrash } from '../../../shared/crash.ts'
import type { ThreadView } from './crash-view.ts'
import { frameText } from './frame-text.ts'

export interface DiffLine {
  /** In both, only in the first stack, or only in the second. */
  in: 'both' | 'first' | 'second'
  text: string
}

/** Frames beyond are not compared: the table of lengths has the square of this number. */
const mostCompared = 512

/** Innermost frames first. Keeps as many common frames as possible (longest common subsequence). */
export function diffStacks(first: readonly string[], second: readonly string[]): DiffLine[] {
  const [a, b] = [first.slice(0, mostCompared), second.slice(0, mostCompared)]
  const lengths = commonLengths(a, b)
  const width = b.length + 1
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ in: 'both', text: a[i]! })
      i++
      j++
    } else if (
      j === b.length ||
      (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    )
      lines.push({ in: 'first', text: a[i++]! })
    else lines.push({ in: 'second', text: b[j++]! })
  }
  return lines
}

/** At [i * (b.length + 1) + j]: the length of the longest common subsequence of `a` from i and `b` from j. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array {
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  return lengths
}

/** The frames of a proto signature, which are normalized: without arguments, lines and addresses. */
export const protoFrames = ({ proto_signature }: Pick<PartialCrash, 'proto_signature'>): string[] =>
  proto_signature ? proto_signature.split(' | ') : []

/** The frames of a thread as text, inlined functions included. */
export const threadFrames = (thread: ThreadView | null): string[] =>
  (thread?.frames ?? []).map((frame) => frame.truncated?.msg ?? frameText(frame))
