// The exceptions of a Java or Kotlin program with their frames: structured, or read from the text of the stack.
import type { PartialCrash } from '../../../shared/crash.ts'
import { fieldByName } from '../../../shared/fields/fields.ts'
import { conform, type Stored, type ValueOf } from '../../../shared/fields/shape.ts'
import type { javaException } from '../../../shared/fields/shapes.ts'

export interface JavaFrame {
  /** Class and method. */
  method: string
  /** File and line; empty when unknown. */
  source: string
  /** The client marked it as code of the program. */
  isOwn: boolean
}

export interface JavaException {
  /** Its class, with its package. */
  type: string
  frames: readonly JavaFrame[]
}

/** Longer stacks come from endless recursions; the end of a stack is in the field itself. */
const mostExceptions = 20
const mostFrames = 500

/** The exception that ended the program first, then its causes; without any, those that the text names. */
export function javaStackOf({ java_exception, java_stack_trace }: PartialCrash): JavaException[] {
  // The full view has it as the client sent it.
  const shown = conform(java_exception, fieldByName('java_exception').shape, 'public') as
    | Stored<ValueOf<typeof javaException>>
    | undefined
  const structured = (shown?.exception?.values ?? []).slice(0, mostExceptions).map((value) => {
    const stack = value?.stacktrace
    return {
      type: [stack?.module, stack?.type].filter(Boolean).join('.') || 'Exception',
      frames: (stack?.frames ?? []).slice(0, mostFrames).map((frame) => ({
        method: [frame?.module, frame?.function].filter(Boolean).join('.') || 'unknown',
        source: sourceOf(frame?.filename, frame?.lineno),
        isOwn: frame?.in_app === true,
      })),
    }
  })
  if (structured.some(({ frames }) => frames.length > 0)) return structured
  return fromText(java_stack_trace ?? '')
}

const sourceOf = (file: string | null | undefined, line: number | null | undefined) =>
  file ? (typeof line === 'number' && line > 0 ? `${file}:${line}` : file) : ''

/** Lines of `Throwable.printStackTrace`: `at package.Class.method(File.java:12)`, `Caused by: package.Type: …`. */
function fromText(text: string): JavaException[] {
  const exceptions: { type: string; frames: JavaFrame[] }[] = []
  for (const line of text.split('\n')) {
    const [, method, source] = /^\s*at ([^(]{1,1000})\(([^)]{0,1000})\)/.exec(line) ?? []
    const last = exceptions.at(-1)
    if (method !== undefined && last) {
      if (last.frames.length < mostFrames) last.frames.push({ method, source: source ?? '', isOwn: false })
      continue
    }
    const [, type] = /^(?:Caused by: )?([\w.$]{1,1000})(?::|$)/.exec(line) ?? []
    if (type !== undefined && exceptions.length < mostExceptions) exceptions.push({ type, frames: [] })
  }
  return exceptions.filter(({ frames }) => frames.length > 0)
}
