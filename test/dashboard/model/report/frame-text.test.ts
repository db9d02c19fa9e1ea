// Frames as text.
import { describe, expect, test } from 'vitest'
import { frameText } from '../../../../dashboard/model/report/frame-text.ts'
import { tidyFunction } from '../../../../shared/symbolicate/frame-names.ts'

describe('frameText', () => {
  test.each([
    [{ function: 'Func(A * a,B b)' }, 'Func(A* a, B b)'],
    [{ demangled: 'app::run(int)', function: '_ZN3app3runEi' }, 'app::run(int)'],
    [{ file: 'main.cpp', line: 12 }, 'main.cpp#12'],
    [{ module: 'xul.dll', module_offset: '0x0000000000001234' }, 'xul.dll@0x1234'],
    [
      { unloaded_modules: [{ module: 'obs-virtualcam-module64.dll', offsets: ['0x000000000000e4df'] }] },
      '(unloaded obs-virtualcam-module64.dll@0xe4df)',
    ],
    [{ offset: '0x00000000deadbeef' }, '@0xdeadbeef'],
    [{ offset: '0x0000000000000000' }, '@0x0'],
    [{}, '@0x0'],
  ])('writes %j', (parts, text) => expect(frameText(parts)).toBe(text))

  test('tidies spaces', () => {
    expect(tidyFunction('a<b *,c>::d( x &, y)')).toBe('a<b*, c>::d( x&, y)')
  })
})
