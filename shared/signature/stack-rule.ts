// The rule that reads the stack: Java text, else Java exception, else the native stack of the crashing thread.
import { javaExceptionSignature, javaStackSignature, walk } from './java.ts'
import { integerOf, RuleError, truthy } from './python-compat/python.ts'
import { change, type Data, type Draft, note, type RuleContext } from './rule.ts'
import { frameTexts, signatureOfFrames } from './stack.ts'

/** Index of the crashing thread; 0 if it cannot be told. Throws RuleError for infinity. */
export function crashingThread({ crashing_thread }: Data): bigint {
  if (crashing_thread === undefined || crashing_thread === null) return 0n
  try {
    return integerOf(crashing_thread)
  } catch (error) {
    if (error instanceof RuleError && (error.kind === 'type' || error.kind === 'value')) return 0n
    throw error
  }
}

/** A thread of the crash; an empty one if there is none of this index, which counts from the end if negative. */
export const threadOf = (data: Data, index: bigint): unknown => {
  const thread = walk(data, ['threads', String(index)])
  return thread === undefined ? {} : thread
}

export const stackRule = 'SignatureGenerationRule'

/** Makes the signature of the stack, and keeps the texts of its frames. */
export function runStack(data: Data, draft: Draft, context: RuleContext): void {
  const java = truthy(data.java_stack_trace) ? 'JavaSignatureTool' : 'JavaExceptionSignatureTool'
  if (truthy(data.java_stack_trace) || truthy(data.java_exception)) {
    if (context.explain) draft.debug_log.push(`${stackRule}: using ${java}`)
    const { signature, notes } =
      java === 'JavaSignatureTool'
        ? javaStackSignature(data.java_stack_trace, context.compat)
        : javaExceptionSignature(data.java_exception)
    for (const text of notes) note(draft, stackRule, text)
    change(draft, context, stackRule, signature, 'read from the Java exception')
  } else runNativeStack(data, draft, context)
}

function runNativeStack(data: Data, draft: Draft, context: RuleContext): void {
  const { compat, explain } = context
  if (explain) draft.debug_log.push(`${stackRule}: using CSignatureTool`)
  const lists = context.lists.forSystem(data.os)
  const index = crashingThread(data)
  const frames = framesOf(data, index, context)
  const result = signatureOfFrames(frames, index, { lists, compat, explain })
  if (frames.length > 0) {
    const texts = frames.map(({ text }) => text)
    draft.extra.proto_signature = texts.join(' | ')
    draft.extra.normalized_frames = texts
  }
  for (const text of result.notes) note(draft, stackRule, text)
  if (explain) {
    for (const text of [`using ${context.lists.title}`, ...result.log]) {
      draft.debug_log.push(`${stackRule}: ${text}`)
    }
    draft.steps.push(...result.why.map((what) => ({ rule: stackRule, what })))
  }
  if (result.signature) change(draft, context, stackRule, result.signature, 'joined the frames taken')
}

/** Missing names and indexes in a frame fail the rule with this odd text in the reference, so they do here. */
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
