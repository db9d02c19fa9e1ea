// Function names without what compilers add to them: the corrections that set our own signatures apart from Socorro's.
import { dropPrefixAndReturnType } from './normalize.ts'
import { strip } from './python.ts'

/** Parts and copies of functions: `[clone .cold.3]`, ` (.llvm.12)`, `.isra.0`, `[abi:cxx11]`. */
const bracketedMarks = / ?\[(?:clone|abi:)[^\]]{0,200}\]/g
const dottedMark =
  /(?: ?\()?\.(?:cold|isra|part|constprop|lto_priv|localalias|llvm|resume|destroy)(?:\.\d{1,20}){0,3}\)?$/
/** What may stand after a function's arguments. */
const qualifier = /(?:(?<=\))|[ ]+)(?:const|volatile|noexcept|&&?)$/
/** Operators whose names hold a space, which must not end a word. */
const spacedOperator = /\boperator (?=(?:new|delete|co_await)\b)/g
const joint = '\u0001'

/** The function's text without marks and qualifiers, and without the return type in front of an operator. */
export function cleanFunction(source: string): string {
  let name = strip(source.replaceAll(joint, '').replace(bracketedMarks, ''))
  for (let before = ''; before !== name; ) {
    before = name
    name = strip(name.replace(dottedMark, '').replace(qualifier, ''))
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

/** Gives operators the spaces back that `cleanFunction` took. */
export const restoreSpaces = (text: string): string => strip(text.replaceAll(joint, ' '))

/** True for texts that stand for a whole module, with or without a version. */
export const isModuleText = (text: string): boolean =>
  text.startsWith('(unloaded ') || /\.(?:dll|exe|dylib|so(?:[.\d]{0,40}))$/i.test(text)
