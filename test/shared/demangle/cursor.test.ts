// The bounds of every grammar of mangled names, exactly at each, and the steps by which a name is read.
import { describe, expect, test } from 'vitest'
import { Cursor, NotMangled, orNull } from '../../../shared/demangle/cursor.ts'
import { demangle, readableName } from '../../../shared/demangle/demangle.ts'

/** Its methods are for grammars alone. */
class Opened extends Cursor {
  override at = 0
  override step(count?: number) {
    super.step(count)
  }
  override nested<T>(read: () => T): T {
    return super.nested(read)
  }
  override bounded(text: string) {
    return super.bounded(text)
  }
  override peek(ahead?: number) {
    return super.peek(ahead)
  }
  override next() {
    return super.next()
  }
  override looksAt(wanted: string) {
    return super.looksAt(wanted)
  }
  override take(wanted: string) {
    return super.take(wanted)
  }
  override expect(wanted: string) {
    super.expect(wanted)
  }
  override number() {
    return super.number()
  }
  override slice(length: number) {
    return super.slice(length)
  }
  get ended() {
    return super.isAtEnd
  }
}

const opened = (text = '') => new Opened(text)

describe('a position in a name', () => {
  test('moves behind what it takes, and stays before what it does not', () => {
    const cursor = opened('ab12c')
    expect([cursor.peek(), cursor.peek(1), cursor.peek(9)]).toEqual(['a', 'b', ''])
    expect([cursor.looksAt('ab'), cursor.looksAt('b'), cursor.at]).toEqual([true, false, 0])
    expect([cursor.take('b'), cursor.take('a'), cursor.at]).toEqual([false, true, 1])
    cursor.expect('b')
    expect(() => cursor.expect('b')).toThrow(NotMangled)
    expect([cursor.number(), cursor.number(), cursor.at]).toEqual([12, null, 4])
    expect([cursor.ended, cursor.next(), cursor.ended]).toEqual([false, 'c', true])
    expect(() => cursor.next()).toThrow('not a mangled name')
  })

  test.each([
    ['0', 0],
    ['0123', 123],
    ['999999999', 999_999_999],
    ['/', null],
    [':', null],
  ])('reads the number %s', (text, number) => {
    expect(opened(text).number()).toBe(number)
  })

  test('reads numbers of nine digits, and parts up to the end', () => {
    expect(() => opened('1234567890').number()).toThrow(NotMangled)
    const cursor = opened('abc')
    expect([cursor.slice(1), cursor.slice(2), cursor.at]).toEqual(['a', 'bc', 3])
    expect(() => opened('abc').slice(4)).toThrow(NotMangled)
  })
})

describe('a grammar', () => {
  test('may take 20,000 steps', () => {
    const cursor = opened()
    cursor.step(19_999)
    cursor.step()
    expect(() => cursor.step()).toThrow(NotMangled)
  })

  test.each<[string, (cursor: Opened) => unknown]>([
    ['a character', (cursor) => cursor.next()],
    ['a taken text', (cursor) => cursor.take('1')],
    ['a number', (cursor) => cursor.number()],
    ['a part', (cursor) => cursor.nested(() => 0)],
  ])('takes a step for %s', (_, act) => {
    const cursor = opened('11')
    cursor.step(20_000)
    expect(() => act(cursor)).toThrow(NotMangled)
  })

  test('may nest parts 200 deep, again and again', () => {
    const cursor = opened()
    const nest = (depth: number): number => (depth === 0 ? 5 : cursor.nested(() => nest(depth - 1)))
    expect([nest(200), nest(200)]).toEqual([5, 5])
    expect(() => nest(201)).toThrow(NotMangled)
  })

  test('may make texts of 65,536 characters', () => {
    const text = 'x'.repeat(65_536)
    expect(opened().bounded(text)).toBe(text)
    expect(() => opened().bounded(`${text}x`)).toThrow(NotMangled)
  })

  test('that fails gives null; other errors surface', () => {
    expect(orNull(() => 'x')).toBe('x')
    expect(orNull(() => opened().next())).toBeNull()
    expect(() =>
      orNull(() => {
        throw new TypeError('other')
      }),
    ).toThrow('other')
  })
})

describe('a name', () => {
  const named = (length: number) => `_Z${length}${'a'.repeat(length)}`

  test('may have 8192 characters', () => {
    expect(named(8186)).toHaveLength(8192)
    expect(demangle(named(8186))).toEqual({ text: 'a'.repeat(8186), language: 'cpp' })
    expect(demangle(named(8187))).toBeNull()
  })

  test('is shown demangled up to 2048 characters, again and again', () => {
    for (let i = 0; i < 2; i++) {
      expect(readableName(named(2048))).toBe('a'.repeat(2048))
      expect(readableName(named(2049))).toBe(named(2049))
    }
  })

  test.each([
    ['?row@Table@@YAHH@Z', 'cpp'],
    ['_RNvC3app3run', 'rust'],
    ['_ZN3app3run17h0123456789abcdefE', 'rust'],
    ['_Z3runv', 'cpp'],
    ['__Z3runv', 'cpp'],
    ['$s4main3fooyyF', 'swift'],
    ['_D3app3runFZv', 'd'],
  ])('%s is of the language %s', (name, language) => {
    expect(demangle(name)?.language).toBe(language)
  })
})
