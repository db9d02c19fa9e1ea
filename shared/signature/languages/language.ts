// The language of a function, by its source file or the form of its name, and the text of the function in signatures.
import { demangle } from '../../demangle/demangle.ts'
import { cleanFunction, restoreSpaces } from '../clean-names.ts'
import { normalizeUnqualified, type WantsLine } from '../normalize.ts'
import { normalizeObjectiveC, normalizeSwift } from './apple.ts'
import { normalizeGo } from './go.ts'
import { normalizeManaged } from './managed.ts'
import { normalizeAda, normalizeD, normalizeDelphi, normalizeKotlin, normalizeZig } from './others.ts'
import { normalizeRust } from './rust.ts'
import { normalizeJavaScript, normalizePython } from './scripts.ts'

/** Languages whose names have rules of their own; all others have those of C++. */
const rules = {
  rust: normalizeRust,
  swift: normalizeSwift,
  objc: normalizeObjectiveC,
  go: normalizeGo,
  dotnet: normalizeManaged,
  kotlin: normalizeKotlin,
  python: normalizePython,
  javascript: normalizeJavaScript,
  zig: normalizeZig,
  d: normalizeD,
  ada: normalizeAda,
  delphi: normalizeDelphi,
} satisfies Record<string, (name: string) => string>
export type Language = keyof typeof rules

const extensions: Readonly<Record<string, Language>> = {
  rs: 'rust',
  swift: 'swift',
  go: 'go',
  cs: 'dotnet',
  vb: 'dotnet',
  fs: 'dotnet',
  zig: 'zig',
  d: 'd',
  di: 'd',
  adb: 'ada',
  ads: 'ada',
  pas: 'delphi',
  pp: 'delphi',
  dpr: 'delphi',
  lpr: 'delphi',
}
const byExtension = new Map(Object.entries(extensions))
/** UTF-16 units of the longest extension. */
const longestExtension = 5

/** The language of a source file, by its name; `cpp` for all without rules of their own. */
export function languageOfFile(path: string | null): Language | 'cpp' {
  if (path === null) return 'cpp'
  const dot = path.lastIndexOf('.')
  if (dot < 0 || path.length - dot - 1 > longestExtension) return 'cpp'
  return byExtension.get(path.slice(dot + 1).toLowerCase()) ?? 'cpp'
}

/** Forms of names that only one language has, the most frequent ones first. */
const forms: readonly (readonly [Language, RegExp])[] = [
  ['objc', /^[-+]\[|_block_invoke/],
  [
    'rust',
    /::h[0-9a-f]{16}(?:$|\.)|\{\{?(?:closure|impl|vtable\.shim|shim)\b|\$(?:LT|u20|u7b)\$|\w\[[0-9a-f]{15,16}\]::|\b(?:impl|closure|closure_env)\$\d|^(?:core|alloc)::|^std::\w+::.*<impl | as (?:core|std|alloc)::/,
  ],
  ['kotlin', /^k(?:fun|class|var):(?!:)/],
  ['python', /^py::.*:/],
  ['zig', /__(?:anon|struct|enum|union)_\d|\(function '|^(?:debug|posix|start)\.\w+(?:\.\w+)*$/],
  ['javascript', /^(?:LazyCompile|Function|Script|Eval|JS|Interpreted):(?!:)/],
  [
    'go',
    /\.\(\*|\.(?:func|gowrap|deferwrap)\d|\[(?:\.\.\.\]|go\.shape\.)|%2e|\.abi(?:0|internal)$|^(?:[\w.~-]+\/)+[\w.~-]+\.[\w(][^ :]*$|^(?:runtime|main|sync|reflect|syscall)\.\w+(?:\.|$)/,
  ],
  [
    'dotnet',
    /^\(wrapper |<>c|[.+/]<\w+>[bgd]_|<\w+>g__|`\d|\.\.c?ctor\b|_m[0-9A-F]{40}(?:_|$)|_m\d{7,10}(?:_|$)|_gshared$|\w:(?:\.|<)?\w+ \(|^[\w.]+\+[\w.+<>]+\.[\w<]/,
  ],
  [
    'swift',
    /^(?:(?:implicit )?closure #\d|specialized |@objc |static \w+\.|partial apply |merged |outlined |(?:reabstraction |dispatch |vtable )?thunk |protocol witness for |generic |function signature |\(\d+\) (?:suspend|await) |\(extension in |Swift runtime failure: )|^[^:<]*\((?:[\w`]+:)+\)|\.(?:getter|setter|modify|read|init|deinit|__deallocating_deinit|__allocating_init|didset|willset)(?: : |$|\()| in _[0-9A-F]{32}\)|\)(?: async)?(?: throws)? -> /,
  ],
  ['delphi', /\$qq|^@\w+@|\$ActRec\b|_\$__\$\$_|_\$\$_|^\{[\w.]+\}|^System\.@/],
  ['ada', /^_ada_|^(?:ada|system|gnat|interfaces)__|___elab[bs]$/],
  ['d', /![\w(]/],
]

/** The language of a name by its form; `cpp` if no form matches. */
function languageOfName(name: string): Language | 'cpp' {
  for (const [language, form] of forms) {
    if (form.test(name) && (!(language === 'd' || language === 'swift') || !name.includes('::')))
      return language
  }
  return 'cpp'
}

/** UTF-16 units of names to look at for a form; longer ones get the rules of C++. */
const maxName = 1024

/**
 * The text of a function in signatures: its name without types, qualifiers, numbers of closures and hashes of the
 * build. A name whose rules leave nothing stays unchanged.
 */
export function normalizeFunction(
  source: string,
  { language, line, wantsLine }: { language: Language | 'cpp'; line: unknown; wantsLine: WantsLine },
): string {
  const demangled = demangle(source)
  const name = demangled?.text ?? source
  if (name.length > maxName) return normalizeCpp(name, line, wantsLine)
  const form = demangled?.language ?? languageOfName(name)
  const chosen = form === 'cpp' && !demangled ? language : form
  if (chosen === 'cpp' || !isOwn(chosen, name)) return normalizeCpp(name, line, wantsLine)
  return rules[chosen](name) || name
}

/** Files of these languages also hold names of C, which the rules of the language would spoil. */
const isOwn = (language: Language, name: string): boolean =>
  language === 'ada' || language === 'delphi' || language === 'zig' || language === 'd'
    ? !name.includes('::')
    : true

/** What Apple's tools print for the function of a block; the compiler names it `…_block_invoke`. */
const blockOf = 'invocation function for block in '
/** Microsoft's lambdas, numbered or by a hash. */
const microsoftLambda = /<lambda_\w{1,40}>/g

function normalizeCpp(source: string, line: unknown, wantsLine: WantsLine): string {
  if (source.startsWith(blockOf))
    return `${normalizeCpp(source.slice(blockOf.length), line, wantsLine)}_block_invoke`
  const name = source.includes('<lambda_') ? source.replace(microsoftLambda, '{lambda}') : source
  const text = restoreSpaces(normalizeUnqualified(cleanFunction(name), line, wantsLine))
  return text === '' ? name : withoutLambdaNumbers(text.replace(inlineNamespace, 'std::'))
}

/** The C++ library of each system has its own, which its users do not write. */
const inlineNamespace = /std::__(?:1|ndk1|cxx11|cxx1998|debug|Cr|fs|h)::/g

/** Compilers number lambdas and name them differently: `{lambda#1}`, `'lambda0'`, `$_3`, `<lambda_0123abcd…>`. */
const withoutLambdaNumbers = (text: string): string =>
  /lambda|\$_\d|catch\$|Unnamed|unnamed/.test(text)
    ? text
        .replace(/\{(?:default arg#\d+|lambda)#\d+\}|'lambda\d*'|`lambda_\d+'/g, '{lambda}')
        .replace(/\$_\d+/g, '$')
        .replace(/\{unnamed type#\d+\}|'unnamed\d*'/g, '{unnamed}')
        .replace(/\$(catch|fin|filt|dtor)\$\d+/g, '$$$1')
    : text
