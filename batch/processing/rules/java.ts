// Rules for Java: the stack trace as text, and its public form without messages.
import { type Rule, rule, annotationText } from './rule.ts'

/**
 * The public form of a Java stack trace: class and frames, without the message (it may contain user data) and causes.
 * Null if the text is not a stack trace.
 */
export function publicJavaStack(text: string): string | null {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  if (first < 0) return null
  const className = lines[first]!.split(':')[0]!.trim()
  let at = first + 1
  while (at < lines.length && !lines[at]!.startsWith('\tat ')) at++
  const frames: string[] = []
  for (; at < lines.length; at++) {
    const line = lines[at]!
    const trimmed = line.trim()
    if (trimmed === '' && at === lines.length - 1) break
    if (trimmed.startsWith('Suppressed:') || trimmed.startsWith('Caused by:')) break
    if (!line.startsWith('\t')) return null
    frames.push(trimmed)
  }
  return [className, ...frames.map((frame) => `\t${frame}`)].join('\n')
}

const javaStackTrace = rule({
  name: 'java-stack-trace',
  version: 1,
  run(input, _draft, note) {
    const raw = annotationText(input, 'JavaStackTrace')
    if (!raw) return null
    const stack = publicJavaStack(raw)
    if (stack === null) note('java-stack-trace: malformed')
    return { java_stack_trace_raw: raw, java_stack_trace: stack ?? 'malformed' }
  },
})

export const javaRules: readonly Rule[] = [javaStackTrace]
