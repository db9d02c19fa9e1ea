// The rules, in the order in which they run: the stack first, then what other facts put before, after or in its place.
import { mozillaRules } from './mozilla-rules.ts'
import { contains, fieldsOf, integerOf, strip, truthy, typeName } from './python-compat/python.ts'
import {
  annotationText,
  change,
  type Data,
  type Draft,
  note,
  printable,
  type Rule,
  type RuleContext,
} from './rule.ts'
import { crashingThread, runStack, stackRule, threadOf } from './stack-rule.ts'

/** Longest signature, in characters. */
const maxSignatureLength = 255
/** UTF-16 units of a signature that are cleaned; what comes after could not be seen in its first 255 anyway. */
const maxUncut = 262_144
/** Bytes up to which a failed allocation counts as small. */
const smallAllocation = 262_144n

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
  ...mozillaRules,
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
