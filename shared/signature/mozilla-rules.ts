// The rules of the preset `mozilla`, for annotations of Firefox and related products.

import { mayBeDeep, needsExactReader, readJson } from './python-compat/json.ts'
import {
  compareCodePoints,
  contains,
  fieldsOf,
  firstCodePoints,
  isFields,
  itemsOf,
  noAttribute,
  RuleError,
  strOf,
  truthy,
  typeName,
} from './python-compat/python.ts'
import { annotationText, maxAnnotation, printable, type SignatureRule } from './rule.ts'
import { findStack } from './stack-rule.ts'

/** UTF-16 units of a shutdown timeout's JSON to read. */
const maxShutdownJson = 262_144

const abortMark = '###!!! ABORT:'

/** The part of an abort message that is equal in every build, at most 80 characters; null if there is none. */
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

/** Removes the text from the first `(` through the last `)`. If they are crossed, the text between is duplicated. */
function withoutBracketed(text: string): string {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  return open < 0 || close < 0 ? text : text.slice(0, open) + text.slice(close + 1)
}

const abort: SignatureRule = {
  name: 'AbortSignature',
  preset: 'mozilla',
  run({ abort_message: message }, signature) {
    if (!truthy(message)) return null
    const text = abortText(message)
    const why = 'the program aborted with a message'
    return { signature: text === null ? `Abort | ${signature}` : `Abort | ${text} | ${signature}`, why }
  },
}

const shutdownTimeout: SignatureRule = {
  name: 'SignatureShutdownTimeout',
  preset: 'mozilla',
  run({ async_shutdown_timeout: timeout }, signature) {
    if (!truthy(timeout)) return null
    const parts = ['AsyncShutdownTimeout']
    const notes = [`Signature replaced with a Shutdown Timeout signature, was: "${signature}"`]
    try {
      addShutdownParts(parts, timeout)
    } catch (error) {
      if (!(error instanceof RuleError) || (error.kind !== 'value' && error.kind !== 'key')) throw error
      parts.push('UNKNOWN')
      notes.unshift(`Error parsing AsyncShutdownTimeout: ${error.message}`)
    }
    return { signature: parts.join(' | '), why: 'shutting down took too long', notes }
  },
}

/** Adds the phase and the sorted names of the blockers. Throws RuleError. */
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
  if (!isFields(condition)) return strOf(condition)
  if (!Object.hasOwn(condition, 'name')) throw new RuleError('key', "'name'")
  return strOf(condition.name)
}

const watchdog: SignatureRule = {
  name: 'SignatureRunWatchDog',
  preset: 'mozilla',
  run(data, signature, context) {
    if (!signature.includes('RunWatchdog')) return null
    const stack = findStack({ ...data, crashing_thread: 0 }, context)
    const why = 'a watchdog ended the process because thread 0 hung'
    return { signature: `shutdownhang | ${stack.signature ?? signature}`, why, stack }
  },
}

const channelError: SignatureRule = {
  name: 'SignatureIPCChannelError',
  preset: 'mozilla',
  run({ ipc_channel_error: error, additional_minidumps: others }) {
    if (!truthy(error)) return null
    const isBrowser = truthy(others) && contains(others, 'upload_file_minidump_browser')
    return {
      signature: `IPCError-${isBrowser ? 'browser' : 'content'} | ${firstHundred(error)}`,
      why: 'the channel between processes failed',
      notes: ['IPC Channel Error stomped on signature'],
    }
  },
}

function firstHundred(value: unknown): string {
  if (typeof value === 'string') return firstCodePoints(value, 100)
  if (Array.isArray(value)) return strOf(value.slice(0, 100))
  if (isFields(value)) throw new RuleError('type', "unhashable type: 'slice'")
  throw new RuleError('type', `'${typeName(value)}' object is not subscriptable`)
}

const messageName: SignatureRule = {
  name: 'SignatureIPCMessageName',
  preset: 'mozilla',
  run({ ipc_message_name: name }, signature) {
    if (!truthy(name)) return null
    const why = 'a message between processes was being handled'
    return { signature: `${signature} | IPC_Message_Name=${annotationText(name)}`, why }
  },
}

/** In order. */
export const mozillaRules: readonly SignatureRule[] = [
  abort,
  shutdownTimeout,
  watchdog,
  channelError,
  messageName,
]
