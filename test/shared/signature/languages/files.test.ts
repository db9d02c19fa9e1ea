// Languages by their files and by the form of names, and names at the limits of their rules.
import { describe, expect, test } from 'vitest'
import { normalizeSwift } from '../../../../shared/signature/languages/apple.ts'
import { languageOfFile, normalizeFunction } from '../../../../shared/signature/languages/language.ts'
import { normalizeRust } from '../../../../shared/signature/languages/rust.ts'

test.each<[string, string[]]>([
  ['rust', ['a.rs', '/x.y/a.RS', 'C:\\a.rs', '.rs']],
  ['swift', ['a.swift']],
  ['go', ['a.go']],
  ['dotnet', ['a.cs', 'a.vb', 'a.fs']],
  ['zig', ['a.zig']],
  ['d', ['a.d', 'a.di']],
  ['ada', ['a.adb', 'a.ads']],
  ['delphi', ['a.pas', 'a.pp', 'a.dpr', 'a.lpr']],
  ['cpp', ['a.c', 'a.cpp', 'rs', '', 'a.', 'a.swiftx', 'a.xswift', 'a.rs.c']],
])('the language %s has the files %j', (language, files) => {
  expect(files.map(languageOfFile)).toEqual(files.map(() => language))
  expect(languageOfFile(null)).toBe('cpp')
})

const textOf = (name: string, language: ReturnType<typeof languageOfFile> = 'cpp') =>
  normalizeFunction(name, { language, line: 1, wantsLine: () => false })

test.each([
  ['ada', 'pack__run', 'pack.run'],
  ['ada', 'pack::run', 'pack::run'],
  ['zig', 'a::run', 'a::run'],
  ['d', 'a::run', 'a::run'],
  ['delphi', 'a::run', 'a::run'],
  ['rust', 'a::run::<u8>', 'a::run'],
  ['cpp', '<T>', '<T>'],
] as const)('of %s, %s is %s', (language, name, text) => {
  expect(textOf(name, language)).toBe(text)
})

test('a name of more than 1024 units has the rules of C++', () => {
  const name = (length: number) => `core::f${'x'.repeat(length - 26)}::h0123456789abcdef`
  expect(name(1024)).toHaveLength(1024)
  expect([textOf(name(1024)), textOf(name(1025))].map((text) => text.includes('::h01'))).toEqual([
    false,
    true,
  ])
})

test.each([
  ['static void foo::bar<u8>(int)', 'foo::bar'],
  ['static tuple$<u8, i8> foo::bar(int)', 'foo::bar'],
  ['static void foo::bar<a b, c d>::baz(int)', 'foo::bar<T>::baz'],
  ['static void foo::bar(a b)::baz(int)', 'foo::bar::baz'],
  ['void foo::{a b}::baz(int)', 'foo::{a b}::baz'],
  ['bool  foo', 'foo'],
  ['u64 foo', 'foo'],
  ['isize foo', 'foo'],
  ['other foo', 'other foo'],
  ['static > foo::bar', 'foo::bar'],
  ['foo::bar::h0123456789abcdef.llvm.1234', 'foo::bar'],
  ['foo::bar.cold.1', 'foo::bar'],
  ['foo[0123456789abcdef]::bar', 'foo::bar'],
  ['foo::{closure#3}', 'foo::{{closure}}'],
  ['foo::{{closure}}', 'foo::{{closure}}'],
  ['foo::closure$2', 'foo::{{closure}}'],
  ['<a::B<u8> as c::D<e>>::f', '<a::B<T> as c::D<T>>::f'],
  ['<impl a::B<u8>>::f', '<impl a::B<T>>::f'],
])('of Rust, %s is %s', (name, text) => {
  expect(normalizeRust(name)).toBe(text)
})

test('of Swift, closures are removed fifty levels deep', () => {
  const nested = (levels: number) => `${'closure #1 in '.repeat(levels)}Store.get(key: Int)`
  expect([1, 50, 51].map((levels) => normalizeSwift(nested(levels)))).toEqual([
    'closure in Store.get(key:)',
    'closure in Store.get(key:)',
    'closure in closure #1 in Store.get(key:)',
  ])
})

test.each([
  [' : Int', ''],
  [' -> Int', ''],
  ['Store.size : Int', 'Store.size'],
  ['Store.get() -> Int', 'Store.get'],
])('of Swift, %j is %j without its type', (name, text) => {
  expect(normalizeSwift(name)).toBe(text)
})

describe('a text', () => {
  test('stays where its rules leave nothing of it', () => {
    expect(textOf('()', 'rust')).toBe('()')
  })
})
