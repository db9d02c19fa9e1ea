// Names of Swift and Objective-C functions.
import { indexOutside, replaceBrackets, splitOutside } from './brackets.ts'

/** Words before a Swift name that tell how the compiler made the function from it. */
const wrappings = [
  /^(?:generic|generic not re-abstracted|function signature|generic partial|generic pre) specialization <.*?> of /,
  /^specialized /,
  /^(?:@objc|@nonobjc|@MainActor|@_?\w+) /,
  /^merged /,
  /^partial apply (?:forwarder )?for /,
  /^(?:dispatch thunk|vtable thunk|curry thunk|back deployment thunk|async function pointer|distributed thunk) (?:of|to|for) /,
  /^protocol witness for /,
  /^\(\d+\) (?:suspend|await) resume partial function for /,
  /^(?:static|class|override|final|mutating|nonmutating|__owned|__shared|async|isolated|nonisolated|public|private|fileprivate|internal) /,
  /^(?:default argument \d+ of|variable initialization expression of|one-time initialization (?:function|token) for) /,
  /^\(extension in [^)]*\):/,
]
const closure = /^(?:implicit )?closure #\d+ /
const localFunction = /^(\w+) #\d+ /

/** Parts of a Swift name that are not separated by ` in `. */
const maxDepth = 50

/**
 * `closure #1 (Int) -> () in MyApp.Store.get(key: Swift.String) -> Swift.Int` to `closure in MyApp.Store.get(key:)`:
 * without types, numbers of closures and what the compiler added. Labels of arguments belong to the name.
 */
export function normalizeSwift(source: string): string {
  if (source.startsWith('Swift runtime failure: ')) return source
  let name = source
  let inClosure = false
  for (let i = 0; i < maxDepth; i++) {
    const before = name
    for (const wrapping of wrappings) name = name.replace(wrapping, '')
    const inner = closure.exec(name) ?? (name.includes(' in ') ? localFunction.exec(name) : null)
    const outer = inner ? indexOutside(name, ' in ') : -1
    if (inner && outer >= 0) {
      inClosure ||= closure.test(name)
      name = closure.test(name) ? name.slice(outer + 4) : `${inner[1]} in ${name.slice(outer + 4)}`
      if (!inClosure) return `${inner[1]} in ${normalizeSwift(name.slice(inner[1]!.length + 4))}`
    }
    if (name === before) break
  }
  const plain = withoutTypes(name)
  return inClosure ? `closure in ${plain}` : plain
}

function withoutTypes(source: string): string {
  let name = source.replace(/ in conformance .*$/, '').replace(/\(([\w.]+) in _[0-9A-F]{32}\)/g, '$1')
  const variable = indexOutside(name, ' : ')
  if (variable >= 0) name = name.slice(0, variable)
  name = replaceBrackets(name, '<', (_, before) => (/[\w)]$/.test(before) ? '<T>' : ''))
  name = name
    .replace(/ (?:async|throws|rethrows|async throws)(?= ->|$)/g, '')
    .replace(/^.*\.\(extension in [^)]*\):/, '')
  const result = indexOutside(name, ' -> ')
  if (result >= 0) name = name.slice(0, result)
  // A generic function repeats its brackets: `append<T>(_:)`.
  return replaceBrackets(name, '(', labelsOf)
    .replace(/(\w)<T>(?=\(|$)/, '$1')
    .trim()
}

function labelsOf(inside: string): string {
  if (inside === '') return ''
  if (/^(?:[\w`]+:)+$/.test(inside)) return `(${inside})`
  const labels = splitOutside(inside, ', ').map((part) => /^\s*([\w`]+): /.exec(part)?.[1] ?? '_')
  return `(${labels.map((label) => `${label}:`).join('')})`
}

/** `__48-[Foo bar:]_block_invoke.144` to `-[Foo bar:]_block_invoke`. */
export const normalizeObjectiveC = (source: string): string =>
  source
    .replace(/^_{1,4}(?:\d+(?=[-+]\[))?(?=.*_block_invoke)/, '')
    .replace(/(_block_invoke)(?:[._]\d+)*/g, '$1')
    .replace(/(?:\.cold|\.isra|\.llvm)[.\d]*$/, '')
