// The stack walk of a planted signature on a platform: one thread, with the modules of the app and the system.
import { createHash } from 'node:crypto'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import type { StoredFrame } from '../../../shared/fields/stackwalk.ts'
import type { MadeApp, MadeFrame, MadePlatform, MadeSignature } from './scenario.ts'

type Dump = NonNullable<ProcessedCrash['json_dump']>
type Module = NonNullable<Dump['modules']>[number]

interface System {
  os: string
  cpu: string
  /** Pretty name and version of releases of the system, the most frequent first. */
  releases: readonly (readonly [pretty: string, version: string])[]
  libraryName(name: string): string
  reasons: Readonly<Record<NonNullable<MadeSignature['reason']>, string>>
  /** The outermost frames of every thread. */
  base: readonly MadeFrame[]
  /** Loaded, but not in the stack. */
  others: readonly string[]
}

const signals = {
  read: 'SIGSEGV / SEGV_MAPERR',
  write: 'SIGSEGV / SEGV_ACCERR',
  abort: 'SIGABRT',
}

export const systems: Readonly<Record<MadePlatform, System>> = {
  windows: {
    os: 'Windows NT',
    cpu: 'amd64',
    releases: [
      ['Windows 11', '10.0.22631'],
      ['Windows 10', '10.0.19045'],
    ],
    libraryName: (name) => `${name}.dll`,
    reasons: {
      read: 'EXCEPTION_ACCESS_VIOLATION_READ',
      write: 'EXCEPTION_ACCESS_VIOLATION_WRITE',
      abort: 'EXCEPTION_BREAKPOINT',
    },
    base: ['kernel32.dll!BaseThreadInitThunk', 'ntdll.dll!RtlUserThreadStart'],
    others: ['user32.dll', 'd3d11.dll'],
  },
  mac: {
    os: 'Mac OS X',
    cpu: 'arm64',
    releases: [
      ['macOS 15', '15.1.0'],
      ['macOS 14', '14.7.1'],
    ],
    libraryName: (name) => `lib${name}.dylib`,
    reasons: {
      read: 'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS',
      write: 'EXC_BAD_ACCESS / KERN_PROTECTION_FAILURE',
      abort: 'EXC_CRASH / SIGABRT',
    },
    base: ['dyld!start'],
    others: ['CoreFoundation', 'AppKit'],
  },
  linux: {
    os: 'Linux',
    cpu: 'amd64',
    releases: [
      ['Ubuntu 24.04.1 LTS', '6.8.0-48-generic'],
      ['Debian GNU/Linux 12 (bookworm)', '6.1.0-27-amd64'],
    ],
    libraryName: (name) => `lib${name}.so`,
    reasons: signals,
    base: ['libc.so.6!start_thread', 'libc.so.6!clone3'],
    others: ['libm.so.6', 'ld-linux-x86-64.so.2'],
  },
  android: {
    os: 'Android',
    cpu: 'arm64',
    releases: [
      ['Android 15', '35'],
      ['Android 14', '34'],
    ],
    libraryName: (name) => `lib${name}.so`,
    reasons: signals,
    base: ['libc.so!__pthread_start', 'libc.so!__start_thread'],
    others: ['libart.so', 'libbinder.so'],
  },
}

export interface StackOf {
  app: Pick<MadeApp, 'library' | 'tail'>
  signature: Pick<MadeSignature, 'frames' | 'reason'>
  platform: MadePlatform
  version: string
}

/** The same for the same arguments. */
export function makeDump({ app, signature, platform, version }: StackOf): Dump {
  const system = systems[platform]
  const all = [...signature.frames, ...app.tail, ...system.base]
  const own = system.libraryName(app.library)
  const frames = all.map((text, index) => frameOf(text, { index, own }))
  const names = [...new Set([...frames.flatMap(({ module }) => module ?? []), ...system.others])]
  const thread = { frame_count: frames.length, frames, last_error_value: null, thread_name: null }
  return {
    crash_info: {
      address: addressOf(signature),
      assertion: null,
      crash_inconsistencies: [],
      crashing_thread: 0,
      instruction: null,
      memory_accesses: null,
      possible_bit_flips: null,
      type: system.reasons[signature.reason ?? 'read'],
    },
    main_module: 0,
    modules: names.map((name, index) => moduleOf(name, { index, version: name === own ? version : '1.0' })),
    modules_contains_cert_info: false,
    status: 'OK',
    system_info: {
      cpu_arch: system.cpu,
      cpu_count: 8,
      cpu_info: null,
      cpu_microcode_version: null,
      os: system.os,
      os_ver: system.releases[0]![1],
    },
    thread_count: 1,
    threads: [thread],
    unloaded_modules: [],
  }
}

/** Small for a read through a null pointer, and the same for all crashes of a signature. */
const addressOf = ({ frames, reason }: StackOf['signature']) =>
  hex(reason === 'write' ? numberOf(frames.join()) * 4096 : 8 * (numberOf(frames.join()) % 12))

function frameOf(text: MadeFrame, { index, own }: { index: number; own: string }): StoredFrame {
  const [, module = null, name = ''] = /^([\w.+-]+)!(.*)$/.exec(text) ?? []
  const [, made = name, file = null, line = null] = /^(.*) @ (.*):(\d+)$/.exec(text) ?? []
  const offset = 0x1000 + (numberOf(text) % 0x200000)
  return {
    file,
    frame: index,
    function: made,
    function_offset: hex(numberOf(text) % 0x120),
    inlines: null,
    line: line === null ? null : Number(line),
    missing_symbols: false,
    module: module ?? own,
    module_offset: hex(offset),
    offset: hex(0x7ff610000000 + offset),
    trust: index === 0 ? 'context' : 'cfi',
    unloaded_modules: null,
  }
}

export function moduleOf(name: string, { index, version }: { index: number; version: string }): Module {
  const hash = createHash('md5').update(`${name} ${version}`).digest('hex')
  const start = 0x7ff610000000 + index * 0x4000000
  return {
    base_addr: hex(start),
    cert_subject: null,
    code_id: hash.slice(0, 13),
    corrupt_symbols: false,
    debug_file: name.replace(/\.dll$/, '.pdb'),
    debug_id: `${hash.toUpperCase()}1`,
    end_addr: hex(start + 0x2000000),
    filename: name,
    loaded_symbols: true,
    missing_symbols: false,
    symbol_url: null,
    version,
  }
}

const hex = (value: number) => `0x${value.toString(16).padStart(16, '0')}`
/** 32 bits that depend on the text alone. */
const numberOf = (text: string) => createHash('md5').update(text).digest().readUInt32LE(0)
