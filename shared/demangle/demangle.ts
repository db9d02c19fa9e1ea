// Names of functions as compilers mangle them, to names as programmers write them.
import { maxMangled } from './cursor.ts'
import { demangleD } from './dlang.ts'
import { demangleItanium } from './itanium.ts'
import { demangleMsvc } from './msvc.ts'
import { demangleRust } from './rust.ts'
import { demangleSwift } from './swift.ts'

/** A human-readable name, with the language of its form. */
export interface Demangled {
  text: string
  language: 'cpp' | 'rust' | 'swift' | 'd'
}

/** Grammars by the start of a name; Rust's older names are a case of C++'s. */
const grammars = [
  { language: 'cpp', start: /^\?/, read: demangleMsvc },
  { language: 'rust', start: /^_{0,2}(?:_R|_ZN)/, read: demangleRust },
  { language: 'cpp', start: /^_{1,4}Z/, read: demangleItanium },
  { language: 'swift', start: /^_{0,2}(?:\$[sSe]|_?T0)/, read: demangleSwift },
  { language: 'd', start: /^_{1,2}D/, read: demangleD },
] as const

function mayBeMangled(name: string): boolean {
  const first = name[0]
  return (first === '_' || first === '?' || first === '$') && name.length <= maxMangled
}

/**
 * The human-readable name of a mangled function or variable; null if the text is not mangled, is damaged, or exceeds a bound: 8 K
 * characters, 64 K demangled, or 20,000 parts. Takes time linear in the text; a hostile one takes a fraction of a second.
 * Never throws.
 */
export function demangle(name: string): Demangled | null {
  if (!mayBeMangled(name)) return null
  for (const { language, start, read } of grammars) {
    const text = start.test(name) ? read(name) : null
    if (text !== null && text !== '') return { text, language }
  }
  return null
}

/** UTF-16 units of names to show: longer ones are harder to read than mangled ones. */
const maxShown = 2048

/** Deep stacks repeat names. */
const remembered = new Map<string, string>()
const maxRemembered = 1000

/** The name to show: demangled if it is mangled and does not get too long. */
export function readableName(name: string): string {
  if (!mayBeMangled(name)) return name
  const known = remembered.get(name)
  if (known !== undefined) return known
  const text = demangle(name)?.text
  const readable = text === undefined || text.length > maxShown ? name : text
  if (remembered.size >= maxRemembered) remembered.clear()
  remembered.set(name, readable)
  return readable
}
