// Demangles names of Swift from version 4 on (`$s…`, `_$s…`, `_T0…`).
// https://github.com/swiftlang/swift/blob/main/docs/ABI/Mangling.rst
import { orNull } from './cursor.ts'
import { Printer } from './swift/print.ts'
import { SymbolReader } from './swift/symbols.ts'

const prefix = /^_{0,2}(?:\$[sSe]|_?T0)/

/** The name with labels and types, as Swift writes it; null if the text is not a mangled name of Swift. */
export function demangleSwift(name: string): string | null {
  const found = prefix.exec(name)?.[0]
  if (found === undefined) return null
  return orNull(() => {
    const reader = new SymbolReader(name, found.length, found.endsWith('T0'))
    return new Printer().names(reader.symbol())
  })
}
