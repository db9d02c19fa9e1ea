// Function names without what compilers add to them: the corrections that set our own signatures apart from Socorro's.
import { dropPrefixAndReturnType } from './normalize.ts'
import { strip } from './python-compat/python.ts'

/** Parts and copies of functions: `[clone .cold.3]`, ` (.llvm.12)`, `.isra.0`, `[abi:cxx11]`. */
const bracketedMarks = / ?\[(?:clone|abi:)[^\]]{0,200}\]/g
const dottedMark =
  /\.(?:cold|isra|part|constprop|lto_priv|localalias|llvm|resume|destroy)(?:\.\d{1,20}){0,3}\)?$/
/** What may stand after a function's arguments. */
const qualifiers = ['const', 'volatile', 'noexcept', '&&', '&']
/** UTF-16 units at the end of a name in which a dotted mark is looked for. */
const longestMark = 100
/** Operators whose names hold a space, which must not end a word. */
const spacedOperator = /\boperator (?=(?:new|delete|co_await)\b)/g
const joint = '\u0001'

/** The function's text without marks and qualifiers, and without the return type in front of an operator. */
export function cleanFunction(source: string): string {
  let name = strip(source.replaceAll(joint, '').replace(bracketedMarks, ''))
  for (let before = ''; before !== name; ) {
    before = name
    name = withoutQualifier(withoutMark(name))
  }
  // Written with quotes it is no list of arguments; the rules that follow write it with parentheses again.
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

/** Gives operators the spaces back that `cleanFunction` took. */
export const restoreSpaces = (text: string): string => strip(text.replaceAll(joint, ' '))

/** True for texts that stand for a whole module, with or without a version. */
export const isModuleText = (text: string): boolean =>
  text.startsWith('(unloaded ') || /\.(?:dll|exe|dylib|so(?:[.\d]{0,40}))$/i.test(text)
