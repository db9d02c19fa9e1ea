// The rules in order: the stack first, then rules that put other facts before, after or in its place.
import { mozillaRules } from './mozilla-rules.ts'
import { contains, fieldsOf, integerOf, strip, truthy, typeName } from './python-compat/python.ts'
import { annotationText, type Data, printable, type RuleContext, type SignatureRule } from './rule.ts'
import { crashingThread, stackRule, threadOf } from './stack-rule.ts'

/** Longest signature, in characters. */
const maxSignatureLength = 255
/** UTF-16 units of a signature to clean; later ones cannot appear in its first 255 anyway. */
const maxUncut = 262_144
/** Failed allocations up to this many bytes count as small. */
const smallAllocation = 262_144n

const oomNames = [
  'NS_ABORT_OOM',
  'mozalloc_handle_oom',
  'CrashAtUnhandlableOOM',
  'AutoEnterOOMUnsafeRegion',
  'alloc::oom::oom',
]
const oomErrors: readonly unknown[] = ['ERROR_COMMITMENT_LIMIT', 'ERROR_NOT_ENOUGH_MEMORY']
/** The exception that Chromium raises on Windows when memory runs out. */
const crashpadOom = 'Out of Memory'
const oomReasons: readonly unknown[] = ['STATUS_FATAL_MEMORY_EXHAUSTION', 'STATUS_NO_MEMORY']

function isOutOfMemory(data: Data, signature: string, { oom, compat }: RuleContext): boolean {
  if (oom || truthy(data.oom_allocation_size)) return true
  if (signature === '') return false
  if (oomNames.some((name) => signature.includes(name))) return true
  const thread = threadOf(data, crashingThread(data))
  if (truthy(thread) && oomErrors.includes(fieldsOf(thread).last_error_value)) return true
  if (compat === 'mayday' && data.reason === crashpadOom) return true
  return oomReasons.includes(data.reason) || data.js_large_allocation_failure === 'Reporting'
}

const outOfMemory: SignatureRule = {
  name: 'OOMSignature',
  run(data, signature, context) {
    if (!isOutOfMemory(data, signature, context)) return null
    const large = `OOM | large | ${signature}`
    if (data.js_large_allocation_failure === 'Reporting') {
      return { signature: large, why: 'a large allocation of JavaScript failed' }
    }
    const kind = typeName(data.oom_allocation_size)
    if (kind === 'NoneType' || kind === 'list' || kind === 'dict') {
      const why = 'memory ran out, at an allocation of unknown size'
      return { signature: `OOM | unknown | ${signature}`, why }
    }
    const size = integerOf(data.oom_allocation_size)
    const why = `an allocation of ${size} bytes failed`
    return { signature: size <= smallAllocation ? 'OOM | small' : large, why }
  },
}

const badHardware: SignatureRule = {
  name: 'BadHardware',
  run({ reason }, signature) {
    if (!truthy(reason) || !contains(reason, 'STATUS_DEVICE_DATA_ERROR')) return null
    return { signature: `bad hardware | ${signature}`, why: 'a device failed to read or write' }
  },
}

const stackwalkerError: SignatureRule = {
  name: 'StackwalkerErrorSignatureRule',
  run({ mdsw_status_string: status }, signature) {
    if (!signature.startsWith('EMPTY') || !truthy(status)) return null
    return {
      signature: `${signature}; ${annotationText(status)}`,
      why: 'the stack walker reported a failure',
    }
  },
}

const stackOverflow: SignatureRule = {
  name: 'StackOverflowSignature',
  run({ reason }, signature) {
    if (reason !== 'EXCEPTION_STACK_OVERFLOW') return null
    return { signature: `stackoverflow | ${signature}`, why: 'the stack overflowed' }
  },
}

const hungProcess: SignatureRule = {
  name: 'HungProcess',
  run({ hang }, signature) {
    if (hang === null || hang === undefined) return null
    return { signature: `hang: ${annotationText(hang)} | ${signature}`, why: 'the process hung' }
  },
}

const printableOnly: SignatureRule = {
  name: 'SigPrintableCharsOnly',
  run(_, before) {
    const signature = printable(strip(before.slice(0, maxUncut)))
    if (signature === before) return null
    const why = 'removed unprintable characters'
    return { signature, why, notes: ['unprintable characters removed'] }
  },
}

const whiteSpace: SignatureRule = {
  name: 'SigFixWhitespace',
  run(_, before) {
    const stripped = strip(before)
    const signature = stripped.includes('  ') ? stripped.replace(/ {2,}/g, ' ') : stripped
    return signature === before ? null : { signature, why: 'collapsed spaces' }
  },
}

const truncate: SignatureRule = {
  name: 'SigTruncate',
  run(_, before) {
    if (before.length <= maxSignatureLength) return null
    const signature = `${before.slice(0, maxSignatureLength - 3)}...`
    const why = `truncated to ${maxSignatureLength} characters`
    return { signature, why, notes: ['SigTrunc: signature truncated due to length'] }
  },
}

/** All rules, in order. */
export const rules: readonly SignatureRule[] = [
  stackRule,
  stackwalkerError,
  badHardware,
  outOfMemory,
  ...mozillaRules,
  stackOverflow,
  hungProcess,
  printableOnly,
  whiteSpace,
  truncate,
]
