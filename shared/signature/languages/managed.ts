// Names of functions of .NET, Mono and IL2CPP.
import { replaceBrackets } from './brackets.ts'

/**
 * `MyApp.Foo+<LoadAsync>d__12.MoveNext()` to `MyApp.Foo.LoadAsync`, `Foo:Bar (int)` to `Foo.Bar`,
 * `Foo_Bar_m0123…_gshared` to `Foo_Bar`: without types, numbers of closures and hashes of the build.
 */
export function normalizeManaged(source: string): string {
  let name = source
    .replace(/^\(wrapper [\w-]+\) /, '')
    .replace(/_m[0-9A-F]{32,40}(?=_|$)|_m\d{4,10}(?=_|$)/, '')
    .replace(/_(?:gshared|inline|AdjustorThunk|fshared|gsharedvt)(?:_\w+)?$/, '')
    .replace(/ \[[^\]]*\]$/, '')
  name = name.replace(/^([\w.`+/<>[\],]+):((?:\.|<)?[\w.<>|`]+) ?\(.*$/, '$1.$2(')
  name = name.replace(
    /^(?:(?:static|instance|class|valuetype|hidebysig|virtual) )*(?:[\w.`[\]<>,&*]+ )?(?=[\w.`+/]+::)/,
    '',
  )
  name = name
    .replace(/::(?=[\w.<])/g, '.')
    .replace(/`\d+\[\[?.*?\]\]?(?=[.+/(]|$)/g, '<T>')
    .replace(/`\d+/g, '<T>')
  name = closures(name)
  return replaceBrackets(
    replaceBrackets(name, '<', (inside, before) =>
      /[.+/]$/.test(before) || before === '' ? `<${inside}>` : '<T>',
    ),
    '(',
    () => '',
  )
    .replace(/(?:<T>)+/g, '<T>')
    .replace(/\[[\w.,` ]*\](?=[.(]|$)/g, '<T>')
    .replace(/[+/](?=[\w<])/g, '.')
    .trim()
}

/** The methods that the compiler makes of lambdas, local functions, iterators and async methods. */
const closures = (name: string): string =>
  name
    .replace(/[.+/]<>c(?:__DisplayClass[\d_]+)?(?:`\d+|<T>)?(?=[.+/:])/g, '')
    .replace(/[.+/](?=<\w)/g, '.')
    .replace(/<([\w.]+)>g__(\w+?)\|[\d_]+/g, '$1.$2')
    .replace(/<([\w.]+)>b__[\d_]+/g, '$1.lambda')
    .replace(/<([\w.]+)>d(?:__\d+)?(?:`\d+|<T>)?(?:[.+/]MoveNext)?/g, '$1')
