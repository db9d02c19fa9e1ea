// Removes compiler additions from function names: the corrections of `compat: 'mayday'`.
import { dropPrefixAndReturnType } from './normalize.ts'
import { strip } from './python-compat/python.ts'

/** Marks of split and cloned functions: `[clone .cold.3]`, ` (.llvm.12)`, `.isra.0`, `[abi:cxx11]`. */
const bracketedMarks = / ?\[(?:clone|abi:)[^\]]{0,200}\]/g
const dottedMark =
  /\.(?:cold|isra|part|constprop|lto_priv|localalias|llvm|resume|destroy)(?:\.\d{1,20}){0,3}\)?$/
/** Qualifiers after a function's arguments. */
const qualifiers = ['const', 'volatile', 'noexcept', '&&', '&']
/** UTF-16 units at the end of a name to search for a dotted mark. */
const longestMark = 100
/** Operators whose names contain a space that must not end a word. */
const spacedOperator = /\boperator (?=(?:new|delete|co_await)\b)/g
const joint = '\u0001'

/** The function's text without marks and qualifiers, and without the return type of an operator. */
export function cleanFunction(source: string): string {
  let name = strip(source.replaceAll(joint, '').replace(bracketedMarks, ''))
  for (let before = ''; before !== name; ) {
    before = name
    name = withoutQualifier(withoutMark(name))
  }
  // In quotes it is not parsed as arguments; later rules restore the parentheses.
  const joined = name
    .replace(spacedOperator, `operator${joint}`)
    .replaceAll('(anonymous namespace)', "`anonymous namespace'")
  const operator = joined.lastIndexOf('::operator')
  if (operator <= 0) return joined
  const scope = dropPrefixAndReturnType(joined.slice(0, operator)).replace(/^[*&]+/, '')
  return scope + joined.slice(operator)
}

function withoutMark(name: string): string {
  const from = Math.max(name.length - longestMark, 0)
  const found = name.slice(from).search(dottedMark)
  return found < 0 ? name : strip(name.slice(0, from + found).replace(/ \($/, ''))
}

function withoutQualifier(name: string): string {
  const qualifier = qualifiers.find((text) => name.endsWith(text))
  if (qualifier === undefined) return name
  const rest = name.slice(0, -qualifier.length)
  return /[ )]$/.test(rest) ? strip(rest) : name
}

/** Restores the spaces of operators that `cleanFunction` replaced. */
export const restoreSpaces = (text: string): string => strip(text.replaceAll(joint, ' '))
