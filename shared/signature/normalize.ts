// The text of a frame: function name without types, arguments and prefixes; else file and line, module, or address.

import { own } from '../own.ts'
import {
  fieldsOf,
  noAttribute,
  RuleError,
  readInteger,
  strip,
  strOf,
  truthy,
  typeName,
} from './python-compat/python.ts'

const paren = 0x28
const space = 0x20

/** Maximum nesting of `IPC::ParamTraits<…>`, and maximum characters scanned for it over all levels. */
const maxTraitsDepth = 330
const maxTraitsWork = 1_000_000

/**
 * Replaces each outermost slice from `open` through `close` with the result of `replace`; an unterminated slice
 * extends to the end of the text. `before` is the text between the previous slice and this one.
 */
function replaceSlices(
  text: string,
  open: string,
  close: string,
  replace: (before: string, inside: string) => string,
): string {
  let from = text.indexOf(open)
  if (from < 0) return text
  const openCode = open.charCodeAt(0)
  const closeCode = close.charCodeAt(0)
  let result = ''
  let previousEnd = 0
  while (from >= 0) {
    let depth = 1
    let end = from + 1
    for (; end < text.length && depth > 0; end++) {
      const code = text.charCodeAt(end)
      if (code === openCode) depth++
      else if (code === closeCode) depth--
    }
    const before = text.slice(previousEnd, from)
    result += before + replace(before, text.slice(from, end))
    previousEnd = end
    from = text.indexOf(open, end)
  }
  return result + text.slice(previousEnd)
}

/**
 * `Foo<int>` to `Foo<T>`, except where brackets are not types: operators, `<name omitted>`, ` as `, ` in `, IPC
 * traits.
 */
function collapseTypes(text: string): string {
  let work = 0
  const collapse = (part: string, depth: number): string => {
    work += part.length
    if (depth > maxTraitsDepth || work > maxTraitsWork) {
      throw new RuleError('recursion', 'maximum recursion depth exceeded')
    }
    return replaceSlices(part, '<', '>', (before, inside) => {
      if (inside === '<name omitted>' || inside.includes(' as ') || inside.includes(' in ')) return inside
      if (before.endsWith('operator')) return inside
      if (before.endsWith('IPC::ParamTraits')) return `<${collapse(inside.slice(1, -1), depth + 1)}>`
      return '<T>'
    })
  }
  return collapse(text, 0)
}

/** `foo(int)` to `foo`, except `(anonymous namespace)` and the brackets of `operator()`. */
const collapseArguments = (text: string): string =>
  replaceSlices(text, '(', ')', (before, inside) =>
    inside === '(anonymous namespace)' || before.endsWith('operator') ? inside : '',
  )

/** Closing delimiter by opening one: `()`, `{}`, `[]`, `<>` and the quotes of Microsoft's names. */
const closers = new Uint8Array(128)
for (const [open, close] of ['()', '{}', '[]', '<>', "`'"]) {
  closers[open!.charCodeAt(0)] = close!.charCodeAt(0)
}

/**
 * The last word of a function's text, split at spaces outside all delimiters: its name with arguments, without
 * storage class and return type. Throws RuleError (`index`) for the empty text.
 */
export function dropPrefixAndReturnType(text: string): string {
  if (text === '') throw new RuleError('index', 'list index out of range')
  if (text.indexOf(' ') < 0) return text
  const starts = [0]
  const open: number[] = []
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) continue
    if (code === space) {
      if (open.length === 0) starts.push(i + 1)
    } else if (closers[code] !== 0) open.push(closers[code]!)
    else if (open.length > 0 && open[open.length - 1] === code) open.pop()
  }
  let end = text.length
  if (starts.at(-1) === end) {
    end--
    starts.pop()
  }
  let start = starts.pop()!
  while (starts.length > 0 && (text.charCodeAt(start) === paren || text.startsWith('[clone', start))) {
    start = starts.pop()!
  }
  return text.slice(start, end)
}

/** Whether a normalized name gets its line number. */
export type WantsLine = (name: string) => boolean

/** Suffixes removed from a C++ function, each once and in this order, regardless of word boundaries. */
const qualifiers = ['const', 'const&', 'const &', '&&', '&']

/**
 * The text of a C++ function. Throws RuleError if it is empty where a name is needed.
 * Rules: prefixes and return type, anonymous namespaces, lambda numbers, types, arguments, cold parts, spaces.
 */
export function normalizeCppFunction(source: string, line: unknown, wantsLine: WantsLine): string {
  return normalizeUnqualified(cutQualifiers(source), line, wantsLine)
}

function cutQualifiers(source: string): string {
  let name = source
  for (const qualifier of qualifiers) {
    if (name.endsWith(qualifier)) name = strip(name.slice(0, -qualifier.length))
  }
  return name
}

/** Like `normalizeCppFunction`, for a text without qualifiers. */
export function normalizeUnqualified(source: string, line: unknown, wantsLine: WantsLine): string {
  let name = source
  if (!name.includes('::operator')) name = dropPrefixAndReturnType(name)
  if (name.includes('`a')) name = name.replaceAll("`anonymous namespace'", '(anonymous namespace)')
  if (name.includes('::$_')) name = name.replace(/::\$_\p{Nd}+::/gu, '::$::')
  name = collapseArguments(collapseTypes(name))
  if (name.includes('clone .cold')) name = replaceSlices(name, '[', ']', () => '')
  if (wantsLine(name)) name = `${name}:${strOf(line)}`
  return fixSpaces(name)
}

/** The text of a Rust function: as for C++ with fewer exceptions, then without the compiler's hash. */
export function normalizeRustFunction(source: string, line: unknown, wantsLine: WantsLine): string {
  let name = dropPrefixAndReturnType(source)
  name = replaceSlices(name, '<', '>', (_, inside) => (inside.includes(' as ') ? inside : '<T>'))
  name = replaceSlices(name, '(', ')', () => '')
  if (wantsLine(name)) name = `${name}:${strOf(line)}`
  return fixSpaces(name).replace(/::h[0-9a-fA-F]+(?=\n?$)/, '')
}

/** No space before `*`, `&` and `,`; one after each comma. */
function fixSpaces(name: string): string {
  const tight = name.includes(' ') ? name.replace(/ (?=[*&,])/g, '') : name
  return tight.includes(',') ? tight.replace(/,(?! )/g, ', ') : tight
}

/** The path in a source file's text, without repository, revision or drive; null if it is not recognized. */
export function sourcePath(file: unknown): string | null {
  if (!truthy(file)) return null
  if (typeof file !== 'string') throw noAttribute(file, 'split')
  const parts = file.split(':', 5)
  if (parts.length === 4) return parts[2]!
  if (parts.length === 2) return parts[1]!
  return file.startsWith('/') ? file : null
}

/** Panic functions whose module Rust 1.34 omitted from symbol files: path, then function, to the full name. */
const rustPanics: Readonly<Record<string, readonly [module: string, ...functions: string[]]>> = {
  'src/liballoc/raw_vec.rs': ['alloc::raw_vec', 'capacity_overflow'],
  'src/libcore/option.rs': ['core::option', 'expect_failed'],
  'src/libcore/panicking.rs': ['core::panicking', 'panic', 'panic_fmt', 'panic_bounds_check'],
  'src/libcore/slice/mod.rs': ['core::slice', 'slice_index_order_fail'],
  'src/libstd/panicking.rs': [
    'std::panicking',
    'begin_panic_fmt',
    'continue_panic_fmt',
    'rust_panic_with_hook',
  ],
}

/** The function with the module that Rust 1.34 omitted, or unchanged. Throws RuleError for lists and objects. */
export function restoreRustModule(path: string | null, name: unknown): unknown {
  if (typeof name === 'object' && name !== null && /^(list|dict)$/.test(typeName(name))) {
    throw new RuleError('type', `unhashable type: '${typeName(name)}'`)
  }
  const panics = path === null ? undefined : own(rustPanics, path)
  if (!panics || typeof name !== 'string') return name
  const [module, ...functions] = panics
  return functions.includes(name) ? `${module}::${name}` : name
}

/** Sources of a frame's text after the function: the first one present is used. */
export interface CodePlace {
  file: unknown
  line: unknown
  module: unknown
  unloadedModules: unknown
  offset: unknown
}

/** The text of a frame without a function: `file#line`, module, unloaded module, address, or empty. */
export function normalizePlace({ file, line, module, unloadedModules, offset }: CodePlace): string {
  if (truthy(file) && truthy(line)) return `${baseName(file as string)}#${strOf(line)}`
  if (truthy(module)) {
    if (typeof module !== 'string') throw noAttribute(module, 'strip')
    return stripBrackets(module)
  }
  if (truthy(unloadedModules)) return `(unloaded ${strOf(fieldsOf(firstOf(unloadedModules)).module)})`
  return truthy(offset) ? `@${hexText(offset)}` : ''
}

function baseName(file: string): string {
  const path = stripEnd(file, '/\\')
  return path.slice(path.lastIndexOf(path.includes('\\') ? '\\' : '/') + 1)
}

function stripEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}

function stripBrackets(module: string): string {
  let start = 0
  while (module[start] === '[' || module[start] === ']') start++
  return stripEnd(module.slice(start), '[]')
}

function firstOf(value: unknown): unknown {
  if (Array.isArray(value)) return value[0]
  if (typeof value === 'string') return value[0]
  if (typeName(value) === 'dict') throw new RuleError('key', '0')
  throw new RuleError('type', `'${typeName(value)}' object is not subscriptable`)
}

/** Lower-case hexadecimal without leading zeros; text that is not a number is returned unchanged. */
function hexText(offset: unknown): string {
  if (typeof offset !== 'string') return strOf(offset)
  if (/^0x[1-9a-f][0-9a-f]*$/.test(offset)) return offset
  const value = readInteger(offset, 16)
  if (value === null) return offset
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`
}
