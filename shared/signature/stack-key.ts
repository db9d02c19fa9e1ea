// A grouping key that needs no symbols: the crash location as module and offset, and the first frame of the
// application.
import { baseName } from '../text/base-name.ts'

/** The part of a frame that the key uses. */
export interface KeyFrame {
  module?: string | null
  /** Hexadecimal, address minus the module's base. */
  module_offset?: string | null
  /** The technique that found the frame: `context`, `cfi`, `frame_pointer`, `scan`, … */
  trust?: string | null
}

/** The part of a module that the key uses. */
export interface KeyModule {
  filename?: string | null
  debug_id?: string | null
  code_id?: string | null
}

/** System libraries by lower-case file name: crashes end there (abort, memcpy, a trap) because of their callers. */
const systemModules = [
  /^(ntdll|kernel32|kernelbase|ucrtbase(d)?|user32|win32u|combase|rpcrt4|msvcrt|verifier|wow64(win|cpu)?)\.dll$/,
  /^(msvcr|msvcp|vcruntime)\d+(_\d+)?d?\.dll$/,
  /^(libc|libpthread|libm|libdl|librt|libstdc\+\+|libgcc_s|ld-linux.*|ld)([-.]\d.*)?\.so(\.\d+)*$/,
  /^(linux-(gate|vdso)(64)?\.so(\.\d+)?|\[vdso\]|linker(64)?|libc\+\+(_shared)?\.so)$/,
  /^(libsystem_\w+|libdispatch|libobjc\.a|libc\+\+(abi|\.1)?|dyld|libdyld)(\.dylib)?$/,
]

/** UTF-16 units at the end of a path to compare: dumps are hostile, and no name is longer. */
const longestName = 100

const zeroId = /^0*$/

/**
 * The key of a crashing thread's frames (top first) and the modules of its process: 16 hexadecimal digits, or null
 * without frames. It is the hash of (1) the top frame and, if that is in a system library or outside all modules, (2)
 * the first trusted frame that is not; else the first such scanned one. A frame counts as the debug ID of its module
 * (code ID, else file name) and its offset in the module; code outside all modules counts as just that, since its
 * addresses change with every start.
 * For a key that does not change when symbols arrive, pass frames found without symbols
 * (`shared/stackwalk/crash-site.ts`). Deeper frames are ignored, since without symbols they are guesses; inlined
 * functions, which only symbols reveal, do not count. The key is exact to the instruction and changes with every
 * build.
 */
export function stackKey(frames: readonly KeyFrame[], modules: readonly KeyModule[] = []): string | null {
  const real = frames.filter(({ trust }) => trust !== 'inline')
  const top = real[0]
  if (!top) return null
  const idOf = moduleIds(modules)
  const parts = [placeOf(top, idOf)]
  if (!isApplication(top)) {
    const callers = real.slice(1).filter(isApplication)
    const caller = callers.find(({ trust }) => !isScanned(trust)) ?? callers[0]
    if (caller) parts.push(placeOf(caller, idOf))
  }
  return hash64(parts.join('\n'))
}

const isScanned = (trust: string | null | undefined) => trust?.includes('scan') ?? false

/** True for a frame in a module that is not a system library. */
export function isApplication({ module }: KeyFrame): boolean {
  if (!module) return false
  const name = fileName(module.slice(-longestName))
  return !systemModules.some((pattern) => pattern.test(name))
}

const fileName = (path: string): string => baseName(path).toLowerCase()

function moduleIds(modules: readonly KeyModule[]): (name: string) => string {
  const ids = new Map<string, string>()
  for (const { filename, debug_id, code_id } of modules) {
    const id = [debug_id, code_id].find((text) => text && !zeroId.test(text))
    if (filename && id) ids.set(fileName(filename), id.toLowerCase())
  }
  return (name) => ids.get(fileName(name)) ?? fileName(name)
}

function placeOf({ module, module_offset }: KeyFrame, idOf: (name: string) => string): string {
  if (!module) return '-'
  const offset = (module_offset ?? '').toLowerCase().replace(/^0x0*/, '')
  return `${idOf(module)} ${offset}`
}

const prime = 0x100000001b3n
const mask = (1n << 64n) - 1n

/** FNV-1a of the UTF-8 text, 64 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash64(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * prime) & mask
  return hash.toString(16).padStart(16, '0')
}
