// The crash reason, worded like rust-minidump: Windows exceptions, Linux signals, Mach exceptions.
import type { CpuName } from '../context.ts'
import type { OsName } from '../format.ts'
import type { Minidump } from '../minidump.ts'
import type { ExceptionRecord, ThreadRecord } from '../threads.ts'
import { cppExceptionCode, thrownTypeName } from './cpp-exception.ts'
import {
  accessKinds,
  applicationExceptions,
  crashpadExceptions,
  facilities,
  fastFailCodes,
  linuxCommonCodes,
  linuxSignalCodes,
  linuxSignals,
  type MachCpu,
  macCodes,
  macExceptions,
  macGuards,
  macResources,
  macSignals,
  ntStatuses,
  win32Errors,
  windowsExceptions,
} from './names.ts'

export interface CrashReason {
  /** `SIGSEGV / SEGV_MAPERR`, `EXCEPTION_ACCESS_VIOLATION_READ`, … */
  readonly reason: string
  /** The address that was accessed, else that of the instruction. */
  readonly address: bigint
}

const hex = (value: number | bigint, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`
const low32 = (value: bigint) => Number(value & 0xffff_ffffn)

/** Reason and address of the crash, or null when the dump has no exception. */
export function crashReason(dump: Minidump): CrashReason | null {
  const { exception, systemInfo } = dump
  if (!exception) return null
  const os = systemInfo?.os ?? 'other'
  const cpu = systemInfo?.cpu ?? 'unknown'
  const address = faultAddress(exception, os)
  return {
    reason: os === 'windows' ? windowsReason(exception, dump) : exceptionReason(exception, os, cpu),
    address: systemInfo?.pointerSize === 4 ? address & 0xffff_ffffn : address,
  }
}

const accessViolation = 0xc000_0005
const inPageError = 0xc000_0006
const stackBufferOverrun = 0xc000_0409

function faultAddress({ code, parameterCount, parameters, address }: ExceptionRecord, os: OsName): bigint {
  const inParameters = os === 'windows' && (code === accessViolation || code === inPageError)
  return inParameters && parameterCount >= 2 ? parameters[1]! : address
}

function exceptionReason(exception: ExceptionRecord, os: OsName, cpu: CpuName): string {
  if (os === 'linux' || os === 'android') return linuxReason(exception)
  if (os === 'mac' || os === 'ios') return macReason(exception, cpu)
  return unknownReason(exception)
}

const unknownReason = ({ code, flags }: ExceptionRecord) => `unknown ${hex(code, 8)} / ${hex(flags, 8)}`

/** A Win32 error or NT status by name. Codes that are both are reported as Win32 errors. */
export function windowsErrorName(code: number): string {
  const facility = facilities.get((code >>> 16) & 0xfff)
  const carried = code >>> 28 !== 0 && facility ? win32Errors().get(code & 0xffff) : undefined
  return (
    win32Errors().get(code) ??
    ntStatuses().get(code) ??
    (carried ? `${facility} / ${carried}` : `unknown ${hex(code, 8)}`)
  )
}

function windowsReason(exception: ExceptionRecord, dump: Minidump): string {
  const { code, parameterCount, parameters } = exception
  const access = parameterCount >= 1 ? accessKinds.get(Number(parameters[0]!)) : undefined
  if (code === accessViolation && access) return `EXCEPTION_ACCESS_VIOLATION_${access}`
  if (code === inPageError && access) {
    const status = parameterCount >= 3 ? low32(parameters[2]!) : null
    const cause = status === null ? '' : ` / ${ntStatuses().get(status) ?? hex(status, 8)}`
    return `EXCEPTION_IN_PAGE_ERROR_${access}${cause}`
  }
  if (code === stackBufferOverrun && parameterCount >= 1) {
    const cause = low32(parameters[0]!)
    return `EXCEPTION_STACK_BUFFER_OVERRUN / ${fastFailCodes.get(cause) ?? hex(cause, 8)}`
  }
  const application = applicationExceptions.get(code)
  const type = code === cppExceptionCode ? thrownTypeName(exception, dump) : null
  if (application) return type === null ? application : `${application} / ${type}`
  return windowsExceptions.get(code) ?? windowsErrorName(code)
}

function linuxReason(exception: ExceptionRecord): string {
  const signal = linuxSignals.get(exception.code)
  if (!signal) return unknownReason(exception)
  const siCode = exception.flags | 0
  const own = linuxSignalCodes.get(signal)?.[siCode - 1]
  if (own) return `${signal} / ${own}`
  if (siCode === 0) return signal
  return `${signal} / ${linuxCommonCodes.get(siCode) ?? hex(exception.flags, 8)}`
}

const machCpus: ReadonlyMap<CpuName, MachCpu> = new Map<CpuName, MachCpu>([
  ['arm64', 'arm64'],
  ['x86', 'x86'],
  ['amd64', 'x86'],
  ['ppc', 'ppc'],
  ['ppc64', 'ppc'],
])

const excCrash = 10

/**
 * The kernel reports a process that dies of a signal, or of an unhandled exception, as EXC_CRASH. Code 0 holds
 * the signal in bits 24 to 31 and the exception in bits 20 to 23, 0 for a signal. Crashpad writes the exception instead
 * of EXC_CRASH and keeps both in the parameters.
 * https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_exit.c
 * @returns null for other exceptions
 */
function crashException({ code, flags, parameterCount, parameters }: ExceptionRecord) {
  const inParameters = parameterCount >= 2 && parameters[0] === BigInt(excCrash)
  if (code !== excCrash && !(code === 0 && inParameters)) return null
  const code0 = inParameters ? parameters[1]! : BigInt(flags)
  return {
    signal: macSignals.get(Number(bits(code0, 24n, 8n))) ?? hex(low32(code0), 8),
    original: Number(bits(code0, 20n, 4n)),
    flags: Number(bits(code0, 0n, 20n)),
  }
}

function macReason(exception: ExceptionRecord, cpu: CpuName): string {
  const crash = crashException(exception)
  if (crash && (crash.original === 0 || crash.original === excCrash)) return `EXC_CRASH / ${crash.signal}`
  const record = crash ? { ...exception, code: crash.original, flags: crash.flags } : exception
  return crashpadExceptions.get(record.code) ?? machReason(record, cpu)
}

function machReason(exception: ExceptionRecord, cpu: CpuName): string {
  const { code, flags } = exception
  const name = macExceptions.get(code)
  if (!name) return unknownReason(exception)
  const special =
    name === 'EXC_RESOURCE' ? resource(exception) : name === 'EXC_GUARD' ? guard(exception) : null
  if (special !== null) return `${name} / ${special}`
  const codes = macCodes.get(name)
  const machCpu = machCpus.get(cpu)
  const kind = codes?.any.get(flags) ?? (machCpu && codes?.[machCpu].get(flags))
  return `${name} / ${kind ?? hex(flags, 8)}`
}

/** The low `count` bits of `value` after a shift. */
const bits = (value: bigint, shift: bigint, count: bigint) => (value >> shift) & ((1n << count) - 1n)
const rawPair = (code: bigint, subcode: bigint) => `${hex(code, 16)} / ${hex(subcode, 16)}`

/** An exceeded limit of CPU, memory or I/O; null for an unknown kind. */
function resource({ flags, parameters }: ExceptionRecord): string | null {
  const kind = macResources.get((flags >>> 29) & 7)
  if (!kind) return null
  const code = parameters[1]!
  const subcode = parameters[2]!
  const flavor = kind.flavors.get(Number(bits(code, 58n, 3n)))
  return `${kind.name} / ${flavor ? `${flavor} ${resourceDetail(kind.name, code, subcode)}` : rawPair(code, subcode)}`
}

function resourceDetail(kind: string, code: bigint, subcode: bigint): string {
  if (kind === 'RESOURCE_TYPE_CPU') {
    const used = `CPU limit: ${bits(code, 0n, 3n)}% CPU consumed: ${bits(subcode, 0n, 3n)}%`
    return `interval: ${bits(code, 7n, 25n)}s ${used}`
  }
  if (kind === 'RESOURCE_TYPE_WAKEUPS') {
    const used = `wakeups permitted: ${bits(code, 0n, 12n)} wakeups observed: ${bits(subcode, 0n, 12n)}`
    return `interval: ${bits(code, 20n, 20n)}s ${used}`
  }
  if (kind === 'RESOURCE_TYPE_MEMORY') return `high watermark limit: ${bits(code, 0n, 13n)}MiB`
  if (kind === 'RESOURCE_TYPE_THREADS') return `high watermark limit: ${bits(code, 0n, 15n)}`
  const used = `I/O limit: ${bits(code, 0n, 15n)}% I/O observed: ${bits(subcode, 0n, 15n)}%`
  return `interval: ${bits(code, 15n, 17n)}s ${used}`
}

/** A misused guarded port, file or region; null for an unknown kind. */
function guard({ flags, parameters }: ExceptionRecord): string | null {
  const kind = macGuards.get((flags >>> 29) & 7)
  if (!kind) return null
  const code = parameters[1]!
  const subcode = parameters[2]!
  if (kind.name === 'GUARD_TYPE_NONE') return kind.name
  // No space before this slash: other tools print none, and reports are compared as text.
  if (kind.name === 'GUARD_TYPE_USER') {
    return `${kind.name}/ namespace: ${bits(code, 0n, 32n)} guard identifier: ${subcode}`
  }
  const flavor = kind.flavors.get(Number(bits(code, 32n, 29n)))
  return `${kind.name} / ${flavor ? `${flavor} ${guardDetail(kind.name, code, subcode)}` : rawPair(code, subcode)}`
}

function guardDetail(kind: string, code: bigint, subcode: bigint): string {
  const target = bits(code, 0n, 28n)
  if (kind === 'GUARD_TYPE_MACH_PORT') return `port name: ${target}${subcode ? ` subcode: ${subcode}` : ''}`
  if (kind === 'GUARD_TYPE_FD') return `file descriptor: ${target} guard identifier: ${subcode}`
  if (kind === 'GUARD_TYPE_VN') return `pid: ${target} guard identifier: ${subcode}`
  return kind === 'GUARD_TYPE_VIRT_MEMORY' ? `offset: ${subcode}` : `syscall: ${subcode}`
}

/** Index, in pointers, of the thread's last error in the Windows thread environment block. */
const lastErrorSlot = 13n

/** The name of the thread's last Win32 error, or null when the dump does not hold that memory. */
export function lastErrorName(dump: Minidump, thread: ThreadRecord): string | null {
  const pointerSize = dump.systemInfo?.pointerSize
  if (!pointerSize) return null
  const code = dump.memory.readU32(thread.teb + lastErrorSlot * BigInt(pointerSize))
  return code === null ? null : windowsErrorName(code)
}
