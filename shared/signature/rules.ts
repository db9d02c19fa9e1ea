// The rules, in the order in which they run: the stack first, then what other facts put before, after or in its place.
import { javaExceptionSignature, javaStackSignature, walk } from './java.ts'
import type { Compat, SignatureLists } from './lists.ts'
import {
  compareCodePoints,
  contains,
  fieldsOf,
  firstCodePoints,
  integerOf,
  isFields,
  itemsOf,
  noAttribute,
  RuleError,
  strip,
  textOf,
  truthy,
  typeName,
} from './python.ts'
import { needsExactReader, readJson } from './python-json.ts'
import { frameTexts, signatureOfFrames } from './stack.ts'

/** One thing a rule did, in plain words. */
export interface SignatureStep {
  rule: string
  what: string
}

/** What the rules read; any shape is survived. */
export type Data = Readonly<Record<string, unknown>>

/** What the rules write. */
export interface Draft {
  signature: string
  notes: string[]
  debug_log: string[]
  steps: SignatureStep[]
  extra: { proto_signature?: string; normalized_frames?: string[] }
}

/** What the rules work with. */
export interface RuleContext {
  lists: SignatureLists
  compat: Compat
  /** Fill `debug_log` and `steps`. */
  explain: boolean
}

/** A rule: `applies` says whether `run` shall; both may throw, which fails this rule only. */
export interface Rule {
  name: string
  /** The users whom it serves; everyone if absent. */
  preset?: 'mozilla'
  applies(data: Data, draft: Draft): boolean
  run(data: Data, draft: Draft, context: RuleContext): void
}

/** Longest signature, in characters. */
export const maxSignatureLength = 255
/** UTF-16 units of one annotation that are looked at. */
const maxAnnotation = 65_536
/** UTF-16 units of a shutdown timeout's JSON that is read. */
const maxShutdownJson = 262_144
/** UTF-16 units of a signature that are cleaned; what comes after could not be seen in its first 255 anyway. */
const maxUncut = 262_144
/** Bytes up to which a failed allocation counts as small. */
const smallAllocation = 262_144n

const annotationText = (value: unknown): string => {
  const text = textOf(value)
  return text.length > maxAnnotation ? text.slice(0, maxAnnotation) : text
}

function note(draft: Draft, rule: string, text: string): void {
  draft.notes.push(`${rule}: ${text}`)
}

/** Changes the signature; `why` completes "…, because …" in a step. */
function change(draft: Draft, context: RuleContext, rule: string, signature: string, why: string): void {
  if (context.explain) {
    draft.debug_log.push(`${rule}: change signature: "${draft.signature}" -> "${signature}"`)
    draft.steps.push({ rule, what: `${why}: the signature became "${signature}"` })
  }
  draft.signature = signature
}

/** Index of the crashing thread; 0 if it cannot be told. Throws RuleError for infinity. */
function crashingThread({ crashing_thread }: Data): bigint {
  if (crashing_thread === undefined || crashing_thread === null) return 0n
  try {
    return integerOf(crashing_thread)
  } catch (error) {
    if (error instanceof RuleError && (error.kind === 'type' || error.kind === 'value')) return 0n
    throw error
  }
}

const threadOf = (data: Data, index: bigint): unknown => {
  const thread = walk(data, ['threads', String(index)])
  return thread === undefined ? {} : thread
}

const stackRule = 'SignatureGenerationRule'

/** The stack's own signature: Java text, else Java exception, else the native stack of the crashing thread. */
function runStack(data: Data, draft: Draft, context: RuleContext): void {
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

const oomNames = [
  'NS_ABORT_OOM',
  'mozalloc_handle_oom',
  'CrashAtUnhandlableOOM',
  'AutoEnterOOMUnsafeRegion',
  'alloc::oom::oom',
]
const oomErrors: readonly unknown[] = ['ERROR_COMMITMENT_LIMIT', 'ERROR_NOT_ENOUGH_MEMORY']
const oomReasons: readonly unknown[] = ['STATUS_FATAL_MEMORY_EXHAUSTION', 'STATUS_NO_MEMORY']

function isOutOfMemory(data: Data, draft: Draft): boolean {
  if (truthy(data.oom_allocation_size)) return true
  if (draft.signature === '') return false
  if (oomNames.some((name) => draft.signature.includes(name))) return true
  const thread = threadOf(data, crashingThread(data))
  if (truthy(thread) && oomErrors.includes(fieldsOf(thread).last_error_value)) return true
  return oomReasons.includes(data.reason) || data.js_large_allocation_failure === 'Reporting'
}

function runOutOfMemory(data: Data, draft: Draft, context: RuleContext): void {
  const [signature, why] = outOfMemory(data, draft.signature)
  change(draft, context, 'OOMSignature', signature, why)
}

function outOfMemory(data: Data, stack: string): [signature: string, why: string] {
  if (data.js_large_allocation_failure === 'Reporting') {
    return [`OOM | large | ${stack}`, 'a large allocation of JavaScript failed']
  }
  const kind = typeName(data.oom_allocation_size)
  if (kind === 'NoneType' || kind === 'list' || kind === 'dict') {
    return [`OOM | unknown | ${stack}`, 'memory ran out, at an allocation of unknown size']
  }
  const size = integerOf(data.oom_allocation_size)
  const why = `an allocation of ${size} bytes failed`
  return size <= smallAllocation ? ['OOM | small', why] : [`OOM | large | ${stack}`, why]
}

const abortMark = '###!!! ABORT:'

/** The part of an abort message that is the same in every build, at most 80 characters; null if there is none. */
function abortText(message: unknown): string | null {
  if (contains(message, `${abortMark} file `)) return null
  let text: string
  if (typeof message === 'string') {
    text = afterFirst(message, abortMark)
    const file = text.indexOf(': file ')
    if (file >= 0) text = text.slice(0, file)
    if (text.includes('unable to find a usable font')) text = withoutBracketed(text)
  } else {
    const split = [abortMark, ': file '].some((mark) => contains(message, mark))
    if (split) throw noAttribute(message, 'split')
    if (contains(message, 'unable to find a usable font')) throw noAttribute(message, 'find')
    text = [...itemsOf(message)].filter((item) => typeof item === 'string' && item.length === 1).join('')
  }
  text = printable(text.slice(0, maxAnnotation)).trim()
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

const afterFirst = (text: string, mark: string): string => {
  const at = text.indexOf(mark)
  return at < 0 ? text : text.slice(at + mark.length)
}

/** Without what stands from the first `(` through the last `)`. If they are crossed, the text between doubles. */
function withoutBracketed(text: string): string {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  return open < 0 || close < 0 ? text : text.slice(0, open) + text.slice(close + 1)
}

const printable = (text: string): string => (/[^ -~]/.test(text) ? text.replace(/[^ -~]+/g, '') : text)

function runAbort(data: Data, draft: Draft, context: RuleContext): void {
  const text = abortText(data.abort_message)
  const signature = text === null ? `Abort | ${draft.signature}` : `Abort | ${text} | ${draft.signature}`
  change(draft, context, 'AbortSignature', signature, 'the program aborted with a message')
}

const shutdownRule = 'SignatureShutdownTimeout'

function runShutdownTimeout(data: Data, draft: Draft, context: RuleContext): void {
  const parts = ['AsyncShutdownTimeout']
  try {
    addShutdownParts(parts, data.async_shutdown_timeout)
  } catch (error) {
    if (!(error instanceof RuleError) || (error.kind !== 'value' && error.kind !== 'key')) throw error
    parts.push('UNKNOWN')
    note(draft, shutdownRule, `Error parsing AsyncShutdownTimeout: ${error.message}`)
  }
  note(draft, shutdownRule, `Signature replaced with a Shutdown Timeout signature, was: "${draft.signature}"`)
  change(draft, context, shutdownRule, parts.join(' | '), 'shutting down took too long')
}

/** Adds the phase and the sorted names of what it waited for. Throws RuleError. */
function addShutdownParts(parts: string[], source: unknown): void {
  const timeout = parseTimeout(source)
  const { phase, conditions } = fieldsOf(timeout)
  parts.push(typeof phase === 'string' ? phase : '(unknown)')
  const names = truthy(conditions) ? [...itemsOf(conditions)].map(conditionName) : []
  parts.push(names.length > 0 ? names.sort(compareCodePoints).join(',') : '(none)')
}

function parseTimeout(source: unknown): unknown {
  if (typeof source !== 'string') {
    const wanted = 'the JSON object must be str, bytes or bytearray'
    throw new RuleError('type', `${wanted}, not ${typeName(source)}`)
  }
  if (source.length > maxShutdownJson) {
    throw new RuleError('value', `longer than ${maxShutdownJson} characters`)
  }
  if (needsExactReader(source)) return readJson(source)
  try {
    return JSON.parse(source)
  } catch {
    return readJson(source)
  }
}

function conditionName(condition: unknown): string {
  if (!isFields(condition)) return textOf(condition)
  if (!Object.hasOwn(condition, 'name')) throw new RuleError('key', "'name'")
  return textOf(condition.name)
}

function runWatchdog(data: Data, draft: Draft, context: RuleContext): void {
  runStack({ ...data, crashing_thread: 0 }, draft, context)
  const why = 'a watchdog ended the process because thread 0 hung'
  change(draft, context, 'SignatureRunWatchDog', `shutdownhang | ${draft.signature}`, why)
}

function runChannelError(data: Data, draft: Draft, context: RuleContext): void {
  const minidumps = truthy(data.additional_minidumps) ? data.additional_minidumps : []
  const side = contains(minidumps, 'upload_file_minidump_browser') ? 'browser' : 'content'
  const error = firstHundred(data.ipc_channel_error)
  note(draft, 'SignatureIPCChannelError', 'IPC Channel Error stomped on signature')
  const why = 'the channel between processes failed'
  change(draft, context, 'SignatureIPCChannelError', `IPCError-${side} | ${error}`, why)
}

function firstHundred(value: unknown): string {
  if (typeof value === 'string') return firstCodePoints(value, 100)
  if (Array.isArray(value)) return textOf(value.slice(0, 100))
  if (isFields(value)) throw new RuleError('type', "unhashable type: 'slice'")
  throw new RuleError('type', `'${typeName(value)}' object is not subscriptable`)
}

function runPrintable(draft: Draft, context: RuleContext): void {
  const signature = printable(strip(draft.signature.slice(0, maxUncut)))
  if (signature === draft.signature) return
  change(draft, context, 'SigPrintableCharsOnly', signature, 'dropped characters that cannot be printed')
  note(draft, 'SigPrintableCharsOnly', 'unprintable characters removed')
}

function runWhiteSpace(draft: Draft, context: RuleContext): void {
  const stripped = strip(draft.signature)
  const signature = stripped.includes('  ') ? stripped.replace(/ {2,}/g, ' ') : stripped
  if (signature !== draft.signature) change(draft, context, 'SigFixWhitespace', signature, 'joined spaces')
}

function runTruncate(draft: Draft, context: RuleContext): void {
  const signature = `${draft.signature.slice(0, maxSignatureLength - 3)}...`
  change(draft, context, 'SigTruncate', signature, `cut to ${maxSignatureLength} characters`)
  note(draft, 'SigTruncate', 'SigTrunc: signature truncated due to length')
}

/** Puts a mark before the signature. */
const marked = (name: string, mark: (data: Data) => string, why: string): Rule['run'] => {
  return (data, draft, context) => change(draft, context, name, `${mark(data)} | ${draft.signature}`, why)
}

/** All rules, in order. Names are those that notes and logs carry. */
export const rules: readonly Rule[] = [
  { name: stackRule, applies: () => true, run: runStack },
  {
    name: 'StackwalkerErrorSignatureRule',
    applies: (data, draft) => draft.signature.startsWith('EMPTY') && truthy(data.mdsw_status_string),
    run: (data, draft, context) =>
      change(
        draft,
        context,
        'StackwalkerErrorSignatureRule',
        `${draft.signature}; ${annotationText(data.mdsw_status_string)}`,
        'the stack walker had this to say',
      ),
  },
  {
    name: 'BadHardware',
    applies: (data) => truthy(data.reason) && contains(data.reason, 'STATUS_DEVICE_DATA_ERROR'),
    run: marked('BadHardware', () => 'bad hardware', 'a device failed to read or write'),
  },
  { name: 'OOMSignature', applies: isOutOfMemory, run: runOutOfMemory },
  {
    name: 'AbortSignature',
    preset: 'mozilla',
    applies: (data) => truthy(data.abort_message),
    run: runAbort,
  },
  {
    name: shutdownRule,
    preset: 'mozilla',
    applies: (data) => truthy(data.async_shutdown_timeout),
    run: runShutdownTimeout,
  },
  {
    name: 'SignatureRunWatchDog',
    preset: 'mozilla',
    applies: (_, draft) => draft.signature.includes('RunWatchdog'),
    run: runWatchdog,
  },
  {
    name: 'SignatureIPCChannelError',
    preset: 'mozilla',
    applies: (data) => truthy(data.ipc_channel_error),
    run: runChannelError,
  },
  {
    name: 'SignatureIPCMessageName',
    preset: 'mozilla',
    applies: (data) => truthy(data.ipc_message_name),
    run: (data, draft, context) =>
      change(
        draft,
        context,
        'SignatureIPCMessageName',
        `${draft.signature} | IPC_Message_Name=${annotationText(data.ipc_message_name)}`,
        'a message between processes was being handled',
      ),
  },
  {
    name: 'StackOverflowSignature',
    applies: (data) => data.reason === 'EXCEPTION_STACK_OVERFLOW',
    run: marked('StackOverflowSignature', () => 'stackoverflow', 'the stack was used up'),
  },
  {
    name: 'HungProcess',
    applies: (data) => data.hang !== null && data.hang !== undefined,
    run: marked('HungProcess', (data) => `hang: ${annotationText(data.hang)}`, 'the process hung'),
  },
  {
    name: 'SigPrintableCharsOnly',
    applies: () => true,
    run: (_, draft, context) => runPrintable(draft, context),
  },
  {
    name: 'SigFixWhitespace',
    applies: () => true,
    run: (_, draft, context) => runWhiteSpace(draft, context),
  },
  {
    name: 'SigTruncate',
    applies: (_, draft) => draft.signature.length > maxSignatureLength,
    run: (_, draft, context) => runTruncate(draft, context),
  },
]
