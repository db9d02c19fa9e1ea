// Rules for Java: the stack trace as text, and its public form without messages.
import { firstLines, strip } from '../../../shared/signature/python-compat/python.ts'
import { type Rule, rule, annotationText } from './rule.ts'

/**
 * The public form of a Java stack trace: class and frames, without the message (it may contain user data) and causes.
 * Blank lines are skipped. Null if the text is not a stack trace.
 */
export function publicJavaStack(text: string): string | null {
  const [first, ...rest] = firstLines(text, Number.POSITIVE_INFINITY).filter((line) => strip(line) !== '')
  if (first === undefined) return null
  const start = rest.findIndex((line) => line.startsWith('\tat '))
  const stack = start < 0 ? [] : rest.slice(start)
  const end = stack.findIndex((line) => /^(?:Suppressed|Caused by):/.test(strip(line)))
  const frames = end < 0 ? stack : stack.slice(0, end)
  if (!frames.every((line) => line.startsWith('\t'))) return null
  return [strip(first.split(':')[0]!), ...frames].join('\n')
}

const javaStackTrace = rule({
  name: 'java-stack-trace',
  version: 2,
  run(input, _draft, note) {
    const raw = annotationText(input, 'JavaStackTrace')
    if (!raw) return null
    const stack = publicJavaStack(raw)
    if (stack === null) note('java-stack-trace: malformed')
    return { java_stack_trace_raw: raw, java_stack_trace: stack ?? 'malformed' }
  },
})

export const javaRules: readonly Rule[] = [javaStackTrace]
