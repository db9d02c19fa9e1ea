// Names of Go functions.
import { replaceBrackets } from './brackets.ts'

/**
 * `github.com/a/b/vendor/github.com/c/d@v1.2.3.(*DB[go.shape.int]).Get.func1.2` to
 * `github.com/c/d.(*DB[...]).Get.func`: without versions, type arguments and numbers of closures.
 */
export function normalizeGo(source: string): string {
  const name = source
    .replace(/\(0x[0-9a-f].*$|\((?:\.\.\.)?\)$/, '')
    .replaceAll('%2e', '.')
    .replace(/^.*\/vendor\//, '')
    .replace(/@v\d[\w+-]*(?:\.\d[\w+-]*)*/g, '')
    .replace(/(?:\.abi0|\.abiinternal|\.args_stackmap|-fm|-range\d+)+$/, '')
  return replaceBrackets(name, '[', () => '[...]')
    .replace(/\.(func|gowrap|deferwrap)\d+(?:\.(?:func|gowrap|deferwrap)?\d+|-range\d+)*$/, '.$1')
    .replace(/\.(func|gowrap|deferwrap)\d+(?=\.)/g, '.$1')
    .replace(/\.init\.\d+/, '.init')
    .replace(/^glob\.\./, '')
    .replace(/·\d+$/, '')
}
