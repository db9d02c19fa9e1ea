// The limits of numbers, characters and references in mangled names: each at the limit, and beyond it.
import { describe, expect, test } from 'vitest'
import { demangle } from '../../../shared/demangle/demangle.ts'
import { demangleRust } from '../../../shared/demangle/rust.ts'

const letters = Array.from('abcdefghijklmnopqrstuvwxyz', (letter) => `'${letter}`)
const digits32 = 'f'.repeat(32)

test.each([
  ['a number of a type that is one million', '_ZN1aUt1000000_1bE', 'a::{unnamed type#1000002}::b'],
  ['a larger number of a type', '_ZN1aUt1000010_1bE', undefined],
  ['a name of one character in an expression', '_Z1aIXpl1bLi1EEEvv', 'void a<b+(1)>()'],
  ['a name of nine characters', '_Z1aIXpl9bbbbbbbbbLi1EEEvv', 'void a<bbbbbbbbb+(1)>()'],
  ['a length that starts with 0', '_Z1aIXpl01bLi1EEEvv', 'void a<b+(1)>()'],
  ['an operator that is not known', '_Z1aIXpl/bLi1EEEvv', undefined],
  ['a name in an unknown scope', '_Z1aIiEDTsr1bE1cEv', 'decltype (b::c) a<int>()'],
  ['a name in no scope', '_Z1aIiEDTsrE1cEv', undefined],
])('a name of C++ with %s: %s', (_, name, text) => {
  expect(demangle(name)?.text).toBe(text)
})

test.each([
  ['26 lifetimes', '_RIC1aFGo_EuE', `a::<for<${letters.join(', ')}> fn()>`],
  ['27 lifetimes', '_RIC1aFGp_EuE', `a::<for<${letters.join(', ')}, '_26> fn()>`],
  ['more than 1000 lifetimes', '_RIC1aFGg7_EuE', undefined],
  ['16 hexadecimal digits', '_RIC1aKoffffffffffffffff_E', 'a::<18446744073709551615>'],
  ['17 hexadecimal digits', '_RIC1aKo1ffffffffffffffff_E', 'a::<0x1ffffffffffffffff>'],
  ['32 hexadecimal digits', `_RIC1aKo${digits32}_E`, `a::<0x${digits32}>`],
  ['33 hexadecimal digits', `_RIC1aKo${digits32}f_E`, undefined],
  ['the last character', '_RIC1aKc10ffff_E', "a::<'\u{10ffff}'>"],
  ['more than the last character', '_RIC1aKc110000_E', undefined],
  ['the character before the surrogates', '_RIC1aKcd7ff_E', "a::<'\ud7ff'>"],
  ['the first surrogate', '_RIC1aKcd800_E', undefined],
  ['the last surrogate', '_RIC1aKcdfff_E', undefined],
  ['the character after the surrogates', '_RIC1aKce000_E', "a::<'\ue000'>"],
  ['the first name space', '_RNAC1a1b', 'a::{A:b#0}'],
  ['the last name space', '_RNZC1a1b', 'a::{Z:b#0}'],
  ['the first name space without a mark', '_RNaC1a1b', 'a::b'],
  ['no lifetime of a reference', '_RIC1aRL_uE', 'a::<&()>'],
  ['no lifetime of an object', '_RIC1aDNtC1a1bEL_E', 'a::<dyn a::b>'],
])('a name of Rust with %s: %s', (_, name, text) => {
  expect(demangle(name)?.text).toBe(text)
})

test('1000 lifetimes of Rust are named', () => {
  expect(demangle('_RIC1aFGg6_EuE')?.text).toMatch(/^a::<for<'a, 'b, .*'_998, '_999> fn\(\)>$/)
})

test.each([
  ['a crate and a hash', '_ZN1a17h0123456789abcdefE', 'a'],
  ['a hash alone', '_ZN17h0123456789abcdefE', null],
])('a legacy name of Rust with %s', (_, name, text) => {
  expect(demangleRust(name)).toBe(text)
})

test.each([
  ['a reference to the start', '_D3appQe', 'app.app'],
  ['a reference before the start', '_D3appQf', undefined],
  ['the last control character', '_D__T3fooVai31Z', "foo!('\\x1f')"],
  ['the first printable character', '_D__T3fooVai32Z', "foo!(' ')"],
  ['the last printable character', '_D__T3fooVai126Z', "foo!('~')"],
  ['the first character beyond', '_D__T3fooVai127Z', "foo!('\\x7f')"],
  ['a string of them', '_D__T3fooVAyaa4_1f207e7fZ', 'foo!("\\x1f ~\\x7f")'],
  ['the digit 0', '_D__T3fooVi0Z', 'foo!(0)'],
  ['the digit 9', '_D__T3fooVi9Z', 'foo!(9)'],
])('a name of D with %s: %s', (_, name, text) => {
  expect(demangle(name)?.text).toBe(text)
})

const nine = 'Ub@@Uc@@Ud@@Ue@@Uf@@Ug@@Uh@@Ui@@Uj@@'
test.each([
  ['a reference to the last of nine types', `?a@@YAX${nine}8@Z`, 'a(b, c, d, e, f, g, h, i, j, j)'],
  ['a reference beyond nine types', `?a@@YAX${nine}9@Z`, undefined],
  ['a reference to the last of ten types', `?a@@YAX${nine}Uk@@9@Z`, 'a(b, c, d, e, f, g, h, i, j, k, k)'],
  ['a reference to the tenth type', `?a@@YAX${nine}Uk@@Ul@@9@Z`, 'a(b, c, d, e, f, g, h, i, j, k, l, k)'],
  ['no dimension', '?a@@YAXPAYA@H@Z', undefined],
  ['one dimension', '?a@@YAXPAY01H@Z', 'a(int (*) [2])'],
  ['100 dimensions', `?a@@YAXPAYGE@${'1'.repeat(100)}H@Z`, `a(int (*) ${'[2]'.repeat(100)})`],
  ['101 dimensions', `?a@@YAXPAYGF@${'1'.repeat(101)}H@Z`, undefined],
])('a name of Microsoft with %s', (_, name, text) => {
  expect(demangle(name)?.text).toBe(text)
})

test.each([
  [23, 'z'],
  [23, 'Az'],
  [24, 'Ba'],
  [647, 'Za'],
])('a reference of D behind a name of %i characters is %s', (length, distance) => {
  const name = 'a'.repeat(length)
  expect(demangle(`_D${length}${name}Q${distance}`)?.text).toBe(`${name}.${name}`)
})

describe('a name of Swift', () => {
  const numbers = (repeats: string) => `$s1a1byyBi64__${repeats}tF`

  test.each([
    ['A2048C', 2049],
    ['A2049C', 0],
    ['S2048i', 2049],
    ['S2049i', 0],
    ['A1C', 2],
  ])('with %s after a parameter has %i parameters', (repeats, count) => {
    expect(demangle(numbers(repeats))?.text.match(/Int/g)?.length ?? 0).toBe(count)
  })

  /** Two names, and 24 types: what 26 letters refer to. */
  const known = Array.from({ length: 24 }, (_, i) => `Bi${i + 1}_`)

  test.each([
    ['AZ', '24'],
    ['AC', '1'],
    ['AzC', '24, Builtin.Int1'],
    ['AcZ', '1, Builtin.Int24'],
  ])('refers by the letters %s to the types %s', (letters, widths) => {
    const name = `$s1a1byy${known[0]}_${known.slice(1).join('')}${letters}tF`
    expect(demangle(name)?.text).toMatch(new RegExp(`Builtin\\.Int24, Builtin\\.Int${widths}\\) -> \\(\\)$`))
  })

  /** The function, its module and result, 1901 arrays in arrays of ten parts each, and numbers. */
  const parts = (count: number) =>
    `$s1a1byy${'Say'.repeat(9)}Bi64_${'G'.repeat(9)}_A1900l${count - 3 - 19_010}CtF`

  test('has up to 20,000 parts', () => {
    expect(demangle(parts(20_000))?.text).toMatch(/^a\.b\(\[{9}Builtin\.Int64\]{9}, .*\) -> \(\)$/)
    expect(demangle(parts(20_001))).toBeNull()
  })

  test.each([
    ['zz', '..'],
    ['a', '&'],
  ])('spells the operator %s as %s', (letters, text) => {
    expect(demangle(`$s1a${letters.length}${letters}oiyyF`)?.text).toBe(`a.${text} infix() -> ()`)
  })

  test.each([
    [25, 'Z'],
    [26, 'AB'],
  ])('has the generic parameter %i as %s', (index, text) => {
    expect(demangle(`$s1a1byyxr${index - 1}_lF`)?.text).toMatch(new RegExp(`, ${text}>\\(A\\) -> \\(\\)$`))
  })

  test('has up to 100 lists of generic parameters', () => {
    expect(demangle(`$s1a1byyxr${'z'.repeat(100)}lF`)?.text).toBe(`a.b${'<>'.repeat(100)}(A) -> ()`)
    expect(demangle(`$s1a1byyxr${'z'.repeat(101)}lF`)).toBeNull()
  })
})
