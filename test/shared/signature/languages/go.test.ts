// Names of Go functions.
import { expect, test } from 'vitest'
import { normalizeGo } from '../../../../shared/signature/languages/go.ts'

test.each([
  [
    'github.com/a/b/vendor/github.com/c/d@v1.2.3.(*DB[go.shape.int]).Get.func1.2',
    'github.com/c/d.(*DB[...]).Get.func',
  ],
  ['example.org/a@v0.0.0-20260102030405-abcdef012345.Get', 'example.org/a.Get'],
  ['example.org/a@v2.0.0-rc.1+incompatible/b.Get', 'example.org/a/b.Get'],
  ['main.run(0xc000012345, 0x1)', 'main.run'],
  ['main.run(...)', 'main.run'],
  ['main.run()', 'main.run'],
  ['main.run(x)', 'main.run(x)'],
  ['gopkg.in/yaml%2ev3.Decode', 'gopkg.in/yaml.v3.Decode'],
  ['runtime.memmove.abi0', 'runtime.memmove'],
  ['main.T.Run-fm', 'main.T.Run'],
  ['main.f.args_stackmap', 'main.f'],
  ['main.f.abiinternal', 'main.f'],
  ['main.f-range1', 'main.f'],
  ['main.f.func2-range1', 'main.f.func'],
  ['main.f.func1.gowrap2', 'main.f.func'],
  ['main.f.deferwrap1', 'main.f.deferwrap'],
  ['main.f.func1.Close', 'main.f.func.Close'],
  ['main.init.0', 'main.init'],
  ['main.init.0.func1', 'main.init.func'],
  ['glob..func1', 'func'],
  ['main.x·1', 'main.x'],
  ['main.Map[string,int].Get', 'main.Map[...].Get'],
])('%s is %s', (name, expected) => {
  expect(normalizeGo(name)).toBe(expected)
})
