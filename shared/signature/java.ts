// Signatures of Java crashes: from the text of a stack trace, or from an exception object.

import { own } from '../own.ts'
import type { Compat } from './lists.ts'
import {
  fieldsOf,
  firstLines,
  itemsOf,
  longerThan,
  RuleError,
  strip,
  strOf,
  truthy,
  typeName,
} from './python-compat/python.ts'

/** A signature and its notes. */
export interface JavaResult {
  signature: string
  notes: string[]
}

/** Longest signature, in code points, that includes the exception's description. */
const maxLength = 255
/** UTF-16 units of a stack trace to consider. */
const maxTrace = 131_072

/** From the text of a stack trace: class and description on line 1, the method on line 2. */
export function javaStackSignature(trace: unknown, compat: Compat): JavaResult {
  const lines = typeof trace === 'string' ? firstLines(trace.slice(0, maxTrace), 2).map(strip) : []
  if (lines.length === 0) {
    return {
      signature: 'EMPTY: Java stack trace not in expected format',
      notes: ['JavaSignatureTool: stack trace not in expected format'],
    }
  }
  const notes: string[] = []
  const { exception, description } = splitFirstLine(lines[0]!, notes)
  const method = withoutLineNumber(lines[1] ?? '', compat)
  if (lines.length < 2) notes.push('JavaSignatureTool: stack trace line 2 is missing')
  else if (method === '') notes.push('JavaSignatureTool: stack trace line 2 is empty')

  // Existing signatures have no colon after a description. Only an address at its end is followed by one.
  const rest = description.endsWith('<addr>')
    ? [description, method]
    : [[description, method].filter(Boolean).join(' ')]
  let signature = [exception, ...rest].filter(Boolean).join(': ')
  if (longerThan(signature, maxLength)) {
    signature = `${exception}: ${method}`
    notes.push('JavaSignatureTool: dropped Java exception description due to length')
  }
  return { signature, notes }
}

/** Socorro removes the line numbers of Java only; `mayday` those of every JVM language. */
const withoutLineNumber = (method: string, compat: Compat): string =>
  compat === 'socorro'
    ? method.replace(/\.java:\p{Nd}+\)$/u, '.java)')
    : method.replace(/(\.\w{1,20}|Unknown Source):\d+\)$/, '$1)')

function splitFirstLine(line: string, notes: string[]): { exception: string; description: string } {
  const colon = line.indexOf(':')
  if (colon < 0) {
    notes.push('JavaSignatureTool: stack trace line 1 is not in the expected format')
    return { exception: line, description: '' }
  }
  const description = line.slice(colon + 1).replace(/@[0-9a-f]{8}/g, '@<addr>')
  return { exception: strip(line.slice(0, colon)), description: strip(description) }
}

/**
 * From an exception object: class of the first value, and its newest frame. Throws RuleError for unexpected shapes.
 */
export function javaExceptionSignature(source: unknown): JavaResult {
  const stack = typeName(source) === 'dict' ? walk(source, ['exception', 'values', '0', 'stacktrace']) : null
  if (!truthy(stack)) {
    return {
      signature: 'EMPTY: Java exception not in expected format',
      notes: ['JavaExceptionSignatureTool: value not in expected format'],
    }
  }
  const { module = '', type = 'Unknown', frames } = fieldsOf(stack)
  const exception = truthy(module) && truthy(type) ? `${strOf(module)}.${strOf(type)}` : strOf(type)
  if (!truthy(frames)) return { signature: exception, notes: [] }
  const texts = [...itemsOf(frames)].map(javaFrameText)
  return { signature: `${exception}: at ${texts[0]}`, notes: [] }
}

function javaFrameText(item: unknown): string {
  const frame = fieldsOf(item)
  const named = [frame.module, frame.function].filter(truthy)
  if (named.length === 0) return 'unknown'
  const wrong = named.length === 2 ? named.findIndex((part) => typeof part !== 'string') : -1
  if (wrong >= 0) {
    const found = typeName(named[wrong])
    throw new RuleError('type', `sequence item ${wrong}: expected str instance, ${found} found`)
  }
  const text = named.map(strOf).join('.')
  return truthy(frame.filename) ? `${text}(${strOf(frame.filename)})` : text
}

/** Follows keys of objects and indexes of lists; null where there is no value. */
export function walk(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const key of path) {
    if (Array.isArray(at)) at = at[Number(key) < 0 ? at.length + Number(key) : Number(key)]
    else if (typeName(at) === 'dict') at = own(at as Record<string, unknown>, key)
    else return undefined
    if (at === undefined) return undefined
  }
  return at
}
