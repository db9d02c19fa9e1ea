// Frames as text, and links to their source.
import { describe, expect, test } from 'vitest'
import { frameText, sourceLocation } from '../../../dashboard/model/report/frame-text.ts'
import { tidyFunction } from '../../../shared/symbolicate/frame-names.ts'

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

describe('sourceLocation', () => {
  test.each<[string | null, number | null, string | null, string | null]>([
    [null, 4, null, null],
    ['main.cpp', null, 'main.cpp', null],
    ['/src/main.cpp', 7, '/src/main.cpp:7', null],
    ['C:\\src\\main.cpp', 7, 'C:\\src\\main.cpp:7', null],
    [
      'hg:hg.mozilla.org/repo/name:dname/fname:rev',
      576,
      'dname/fname:576',
      'https://hg.mozilla.org/repo/name/file/rev/dname/fname#l576',
    ],
    [
      'git:github.com/org/repo:src/a b.cpp:rev',
      1,
      'src/a b.cpp:1',
      'https://github.com/org/repo/blob/rev/src/a%20b.cpp#L1',
    ],
    ['git:example.org/org/repo:src/a.cpp:rev', 1, 'src/a.cpp:1', null],
    ['svn:github.com/org/repo:src/a.cpp:rev', 1, 'src/a.cpp:1', null],
    [`s3:bucket:${'ab'.repeat(64)}/gen/x.c:`, 3, 'gen/x.c:3', null],
    ['javascript:alert(1)', null, 'javascript:alert(1)', null],
  ])('reads %s line %s', (file, line, text, href) => {
    expect(sourceLocation({ file, line })).toEqual(text === null ? null : { text, href })
  })

  test.each<[file: string, text: string, href: string | null]>([
    ['/build/ledger/src/a b.cpp', '/build/ledger/src/a b.cpp:7', 'https://x.org/v2.0/src/a%20b.cpp#7'],
    ['/build/other/src/a.cpp', '/build/other/src/a.cpp:7', null],
    ['C:\\b\\src\\a.cpp', 'C:\\b\\src\\a.cpp:7', 'https://x.org/win/src/a.cpp'],
    ['git:example.org/o/r:src/a.cpp:rev', 'src/a.cpp:7', 'https://x.org/o/r/rev/src/a.cpp?l=7'],
    ['git:github.com/o/r:src/a.cpp:rev', 'src/a.cpp:7', 'https://mirror.org/r/%7Bodd%7D/rev'],
  ])('with the links of a product, %s leads to its source', (file, text, href) => {
    const links = [
      { prefix: '/build/ledger/', url: 'https://x.org/v{version}/{path}#{line}' },
      { prefix: 'C:\\b\\', url: 'https://x.org/win/{path}' },
      { prefix: 'git:example.org/', url: 'https://x.org/{repo}/{revision}/{path}?l={line}' },
      { prefix: 'git:github.com/o/', url: 'https://mirror.org/{repo}/{odd}/{revision}' },
    ]
    expect(sourceLocation({ file, line: 7 }, { links, version: '2.0' })).toEqual({ text, href })
  })
})
