// The stack rule: Java stack trace, else Java exception, else the native stack of the crashing thread.
import { javaExceptionSignature, javaStackSignature, walk } from './java.ts'
import { integerOf, RuleError, truthy } from './python-compat/python.ts'
import type { Data, RuleContext, RuleResult, SignatureRule } from './rule.ts'
import { frameTexts, signatureOfFrames } from './stack.ts'

/** Index of the crashing thread; 0 if unknown. Throws RuleError for infinity. */
export function crashingThread({ crashing_thread }: Data): bigint {
  if (crashing_thread === undefined || crashing_thread === null) return 0n
  try {
    return integerOf(crashing_thread)
  } catch (error) {
    if (error instanceof RuleError && (error.kind === 'type' || error.kind === 'value')) return 0n
    throw error
  }
}

/** A thread of the crash; an empty one if the index does not exist. Negative indexes count from the end. */
export const threadOf = (data: Data, index: bigint): unknown => {
  const thread = walk(data, ['threads', String(index)])
  return thread === undefined ? {} : thread
}

/** Generates the signature of the stack. */
export const stackRule: SignatureRule = {
  name: 'SignatureGenerationRule',
  run: (data, _, context) => findStack(data, context),
}

/** The result of the stack rule. */
export function findStack(data: Data, context: RuleContext): RuleResult {
  const { java_stack_trace: trace, java_exception: exception } = data
  if (!truthy(trace) && !truthy(exception)) return findNativeStack(data, context)
  const { signature, notes } = truthy(trace)
    ? javaStackSignature(trace, context.compat)
    : javaExceptionSignature(exception)
  const log = [`using ${truthy(trace) ? 'JavaSignatureTool' : 'JavaExceptionSignatureTool'}`]
  return { signature, why: 'read from the Java exception', notes, log }
}

function findNativeStack(data: Data, context: RuleContext): RuleResult {
  const { compat, explain } = context
  const lists = context.lists.forSystem(data.os)
  const index = crashingThread(data)
  const texts = framesOf(data, index, context)
  const location = compat === 'mayday' ? locationOf(data.stack_key) : null
  const stack = signatureOfFrames(texts, index, { lists, compat, explain, location })
  const { signature, notes, log, why: steps, oom } = stack
  const frames = texts.map(({ text }) => text)
  const result: RuleResult = { why: 'joined the selected frames', notes, steps, frames, oom }
  if (signature) result.signature = signature
  if (explain) result.log = ['using CSignatureTool', `using ${context.lists.title}`, ...log]
  return result
}

/** Hexadecimal digits of the stack key in a signature: of a million groups, about a hundred pairs share them. */
const locationDigits = 8

/** The start of a stack key. */
const locationOf = (key: unknown): string | null =>
  typeof key === 'string' && /^[0-9a-f]{16}$/.test(key) ? key.slice(0, locationDigits) : null

/** Missing names and indexes in a frame fail the rule with this message, as in the reference. */
function framesOf(data: Data, index: bigint, { lists, compat }: RuleContext) {
  try {
    return frameTexts(threadOf(data, index), {
      lists: lists.forSystem(data.os),
      compat,
      lowerModules: data.os === 'Windows NT',
    })
  } catch (error) {
    if (error instanceof RuleError && (error.kind === 'index' || error.kind === 'key')) {
      throw new RuleError('attribute', "'Result' object has no attribute 'note'")
    }
    throw error
  }
}
