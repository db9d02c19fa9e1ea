// The rules of the preset `mozilla`: annotations that Firefox and its relatives write.
import {
  compareCodePoints,
  contains,
  fieldsOf,
  firstCodePoints,
  isFields,
  itemsOf,
  noAttribute,
  RuleError,
  textOf,
  truthy,
  typeName,
} from './python-compat/python.ts'
import { mayBeDeep, needsExactReader, readJson } from './python-compat/json.ts'
import {
  annotationText,
  change,
  type Data,
  type Draft,
  maxAnnotation,
  note,
  printable,
  type Rule,
  type RuleContext,
} from './rule.ts'
import { runStack } from './stack-rule.ts'

/** UTF-16 units of a shutdown timeout's JSON that is read. */
const maxShutdownJson = 262_144

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
  if (needsExactReader(source) || mayBeDeep(source)) return readJson(source)
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

/** In order. Names are those that notes and logs carry. */
export const mozillaRules: readonly Rule[] = [
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
]
