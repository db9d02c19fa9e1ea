// Names of functions of Kotlin/Native, Zig, D, Ada, Delphi and Free Pascal.
import { replaceBrackets } from './brackets.ts'

/** `kfun:co.app.Store#get(kotlin.String){}kotlin.Int` to `co.app.Store.get`. */
export function normalizeKotlin(source: string): string {
  const name = source
    .replace(/^(?:kfun|kclass|ktypeglobal|kvar):/, '')
    .replace(/#internal(?:\.\d+)*$|(?:#suspend|#static)$/g, '')
    .replace(/[({](?!\)).*$|\(\).*$/, '')
  return name
    .replace(/^#/, '')
    .replaceAll('#', '.')
    .replace(/\$(lambda|FUNCTION_REFERENCE|REF|\w*?COROUTINE)\$\d+/g, '$$$1')
    .replace(/\$\d+(?=\.|\$|$)/g, '')
    .replace(/\.\d+$/, '')
}

/** `array_list.ArrayListAligned(u8,null).append__anon_1234` to `array_list.ArrayListAligned.append`. */
export const normalizeZig = (source: string): string =>
  replaceBrackets(source, '(', () => '')
    .replace(/__(?:anon|struct|enum|union|opaque)_\d+/g, '')
    .trim()

/** `pure nothrow @safe int app.Foo!(int).bar(immutable(char)[])` to `app.Foo!(T).bar`. */
export function normalizeD(source: string): string {
  const mark = '\u0001'
  const held = replaceBrackets(source, '(', (_, before) => (before.endsWith('!') ? mark : ''))
  const name = held.replace(/(?: const| immutable| shared| inout| pure| nothrow| @\w+)+$/, '')
  return name
    .slice(name.lastIndexOf(' ') + 1)
    .replaceAll(mark, '(T)')
    .replace(/!(?=\w)\w+/g, '!(T)')
    .replace(/__(lambda|unittest|dgliteral|funcliteral)(?:_L\d+_C\d+|_?\d+)*/g, '__$1')
}

/** `store__child__get__2` to `store.child.get`. */
export const normalizeAda = (source: string): string =>
  source
    .replace(/^_ada_/, '')
    .replace(/___(elab[bs]|finalizer)$/, '.$1')
    .replace(/(?:__\d+|\.\d+|B_\d+__\w+?|T?[KS]?X[bn]*|E\d+[bs])+$/, '')
    .replace(/B\d+[bs]?__/g, '__')
    .replace(/__+(?=[a-z0-9])/g, '.')

/** `@Unit1@TForm1@ButtonClick$qqrp14System@TObject` and `UNIT1$_$TFORM1_$__$$_CLICK$TOBJECT` to dotted names. */
export function normalizeDelphi(source: string): string {
  const borland = source.startsWith('@')
    ? source
        .slice(1)
        .replace(/\$q.*$/, '')
        .replaceAll('@', '.')
    : source
  return replaceBrackets(borland.replace(/^\{[\w.]+\}/, ''), '<', () => '<T>')
    .replace(/\$q.*$/, '')
    .replace(/(?:_\$__\$\$_|_\$\$_|\$_\$|_\$_)/g, '.')
    .replace(/\$\d+\$ActRec\.\$\d+\$Body$/, '.lambda')
    .replace(/(\w)\$[A-Z0-9_$]*$/, '$1')
    .replace(/(\w)\$\d+$/, '$1')
    .replace(/\(.*$/, '')
    .trim()
}
