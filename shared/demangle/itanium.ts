// Demangles names of the Itanium C++ ABI (`_Z…`), which GCC and Clang use on all systems but Windows.
// https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling
import { orNull } from './cursor.ts'
import { SymbolReader } from './itanium/names.ts'

/** Apple's systems put an underscore before every name, and two more and a number at the end for a block. */
const start = /^_{1,2}Z/
const block = /^_{3,4}Z/

/** The text that `c++filt` prints for a mangled name; null for another text. */
export function demangleItanium(name: string): string | null {
  const prefix = start.exec(name)?.[0]
  if (prefix !== undefined) return demangleVersioned(name, prefix.length)
  const outer = block.exec(name)?.[0]
  if (outer === undefined) return null
  const end = name.search(/_block_invoke(?:[._]\d+)*$/)
  if (end < 0) return null
  const text = orNull(() => new SymbolReader(name.slice(0, end), outer.length).symbol())
  return text === null ? null : `invocation function for block in ${text}`
}

/** Symbol tables of ELF add versions: `@@GLIBCXX_3.4`. */
function demangleVersioned(name: string, from: number): string | null {
  const version = name.indexOf('@')
  const mangled = version < 0 ? name : name.slice(0, version)
  const text = orNull(() => new SymbolReader(mangled, from).symbol())
  return text === null ? null : `${text}${name.slice(mangled.length)}`
}
