// Links from frames to their source.
import { describe, expect, test } from 'vitest'
import { sourceLocation } from '../../../../dashboard/model/report/source-links.ts'

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
    [
      'git:gitlab.com/org/group/repo:src/a.cpp:rev',
      9,
      'src/a.cpp:9',
      'https://gitlab.com/org/group/repo/-/blob/rev/src/a.cpp#L9',
    ],
    [
      'cargo:github.com-1ecc6299db9ec823:addr2line-0.16.0:src/function.rs',
      12,
      'addr2line-0.16.0/src/function.rs:12',
      'https://docs.rs/crate/addr2line/0.16.0/source/src/function.rs#12',
    ],
    [
      'cargo:index.crates.io-6f17d22bba15001f:proc-macro2-1.0.0-rc.1+x:src/lib.rs',
      1,
      'proc-macro2-1.0.0-rc.1+x/src/lib.rs:1',
      'https://docs.rs/crate/proc-macro2/1.0.0-rc.1%2Bx/source/src/lib.rs#1',
    ],
    ['cargo:my-registry:inner-1.0.0:src/lib.rs', 1, 'inner-1.0.0/src/lib.rs:1', null],
    [
      `s3:gecko-generated-sources:${'ab'.repeat(64)}/ipc/a.cpp:`,
      3,
      'ipc/a.cpp:3',
      `https://gecko-generated-sources.s3.amazonaws.com/${'ab'.repeat(64)}/ipc/a.cpp`,
    ],
  ])('reads %s line %s', (file, line, text, href) => {
    expect(sourceLocation({ file, line })).toEqual(text === null ? null : { text, href })
  })

  test.each<[file: string, text: string, href: string | null]>([
    ['/build/ledger/src/a b.cpp', '/build/ledger/src/a b.cpp:7', 'https://x.org/v2.0/src/a%20b.cpp#7'],
    ['/build/other/src/a.cpp', '/build/other/src/a.cpp:7', null],
    ['C:\\b\\src\\a.cpp', 'C:\\b\\src\\a.cpp:7', 'https://x.org/win/src/a.cpp'],
    ['git:example.org/o/r:src/a.cpp:rev', 'src/a.cpp:7', 'https://x.org/o/r/rev/src/a.cpp?l=7'],
    ['git:github.com/o/r:src/a.cpp:rev', 'src/a.cpp:7', 'https://mirror.org/r/%7Bodd%7D/rev'],
    ['s3:made:dir/gen.c:', 'dir/gen.c:7', 'https://made.example.org/dir/gen.c'],
    ['cargo:inner:pump-2.1.0:src/lib.rs', 'pump-2.1.0/src/lib.rs:7', 'https://x.org/pump/v2.1.0/src/lib.rs'],
    ['hg:hg.example.org/tools:a.c:rev', 'a.c:7', 'https://hg.example.org/tools/file/rev/a.c#l7'],
    ['svn:svn.example.org/trunk:a.c:123', 'a.c:7', 'https://svn.example.org/trunk/a.c?p=123'],
  ])('with the links of a product, %s leads to its source', (file, text, href) => {
    const links = [
      { prefix: '/build/ledger/', url: 'https://x.org/v{version}/{path}#{line}' },
      { prefix: 'C:\\b\\', url: 'https://x.org/win/{path}' },
      { prefix: 'git:example.org/', url: 'https://x.org/{repo}/{revision}/{path}?l={line}' },
      { prefix: 's3:made:', url: 'https://made.example.org/{object}' },
      { prefix: 'cargo:inner:', url: 'https://x.org/{crate}/v{crate_version}/{path}' },
      {
        prefix: 'hg:hg.example.org/',
        url: 'https://hg.example.org/{repo}/file/{revision}/{path}#l{line}',
      },
      {
        prefix: 'svn:svn.example.org/',
        url: 'https://svn.example.org/{repo}/{path}?p={revision}',
      },
      { prefix: 'git:github.com/o/', url: 'https://mirror.org/{repo}/{odd}/{revision}' },
    ]
    expect(sourceLocation({ file, line: 7 }, { links, version: '2.0' })).toEqual({ text, href })
  })
})
