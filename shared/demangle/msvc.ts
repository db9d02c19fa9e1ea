// Demangles Microsoft's C++ names (`?…`) into the spelling of the Itanium ABI: without access, convention, type of the
// result and keywords such as `class`.
import { orNull } from './cursor.ts'
import { SymbolReader } from './msvc/symbols.ts'

/** The name of a function with its parameters, or of data; null if the text is not a mangled name. */
export function demangleMsvc(name: string): string | null {
  if (!name.startsWith('?')) return null
  const text = orNull(() => new SymbolReader(name).symbol())
  return text?.includes('\0') ? null : text
}
