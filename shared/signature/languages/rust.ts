// Names of Rust functions.
import { unescapeRust } from '../../demangle/rust.ts'
import { replaceBrackets } from './brackets.ts'

const hash = /(?:::h[0-9a-f]{16}|\[[0-9a-f]{8,16}\])+$/
/**
 * `<alloc::vec::Vec<u8> as core::ops::Drop>::drop::h0123456789abcdef` to
 * `<alloc::vec::Vec<T> as core::ops::Drop>::drop`: without hashes, type arguments and numbers.
 */
export function normalizeRust(source: string): string {
  let name = unescaped(source.replace(/\.(?:llvm|cold|part)\.?\d*$/, '')).replace(hash, '')
  name = name
    .replace(/\[[0-9a-f]{8,16}\](?=::|>|$| as )/g, '')
    .replace(
      /\{\{?(closure|impl|vtable\.shim|shim|constant|constructor|async_\w+|closure_env)(?:\$|#)?\d*[^}]*\}\}?/g,
      '{{$1}}',
    )
    .replace(/\b(closure|impl|closure_env|async_\w+_env)\$\d+/g, '{{$1}}')
  name = withoutReturnType(name)
  const keep = (inside: string, before: string): string => {
    const cast = / as /.exec(inside)
    if (cast)
      return `<${collapsed(inside.slice(0, cast.index))} as ${collapsed(inside.slice(cast.index + 4))}>`
    if (before === '' || before.endsWith('::<')) return `<${collapsed(inside)}>`
    if (/^impl /.test(inside)) return `<${collapsed(inside)}>`
    return '<T>'
  }
  const named = replaceBrackets(name, '<', keep).replace(/::<T>(?=$|::)/g, '<T>')
  return replaceBrackets(named, '(', () => '')
    .replace(/(\w)(?:<T>)+$/, '$1')
    .trim()
}

const collapsed = (type: string): string => replaceBrackets(type, '<', () => '<T>')

/** Symbol files of Windows have `static void foo::bar<T>(…)`. */
function withoutReturnType(name: string): string {
  if (
    !/^(?:static|union|struct|enum2?\$|void|bool|u?int\w*|[ui]\d+|[ui]size|<NoType>|tuple\$|ref\$|ptr_\w+\$|slice2?\$|never\$|enum) ?[^:]*? /.test(
      name,
    )
  )
    return name
  const args = name.lastIndexOf('(')
  const head = args > 0 ? name.slice(0, args) : name
  const words = splitWords(head)
  return words[words.length - 1]! + (args > 0 ? name.slice(args) : '')
}

function splitWords(text: string): string[] {
  const words: string[] = []
  let depth = 0
  let word = ''
  for (const c of text) {
    if (c === '<' || c === '(' || c === '{') depth++
    if ((c === '>' || c === ')' || c === '}') && depth > 0) depth--
    if (c === ' ' && depth === 0) {
      if (word !== '') words.push(word)
      word = ''
    } else word += c
  }
  return word === '' ? (words.length === 0 ? [text] : words) : [...words, word]
}

const unescaped = (name: string): string =>
  /\$(?:LT|GT|u[0-9a-f]{2}|RF|LP|C)\$/.test(name) ? unescapeRust(name) : name
