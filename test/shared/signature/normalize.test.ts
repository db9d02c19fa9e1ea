import { describe, expect, test } from 'vitest'
import { dropPrefixAndReturnType } from '../../../shared/signature/normalize.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'
import { cppVectors, frameVectors, rustVectors } from './name-vectors.ts'
import { hasSocorroLists, socorroLists, unlessAbsent } from './socorro-lists.ts'

/** The text of a crash's only frame. */
const textOf = (frame: object, options = {}) =>
  generateSignature({ threads: [{ frames: [frame] }] }, options).extra.normalized_frames?.[0]

describe('normalizeCppFunction', () => {
  test.each(cppVectors)('%s becomes %s', (source, text) => {
    expect(textOf({ function: source, line: 23 })).toBe(text)
  })
})

describe('normalizeRustFunction', () => {
  test.each(rustVectors)('%s becomes %s', (source, text) => {
    expect(textOf({ function: source, line: 23, file: '/src/lib.rs' })).toBe(text)
  })

  test.each([
    ['src/libcore/panicking.rs', 'panic', 'core::panicking::panic'],
    ['src/libcore/option.rs', 'expect_failed', 'core::option::expect_failed'],
    ['src/libstd/panicking.rs', 'rust_panic_with_hook', 'std::panicking::rust_panic_with_hook'],
    ['src/libcore/panicking.rs', 'other', 'other'],
  ])('in %s, %s gets its module back', (path, name, text) => {
    expect(textOf({ function: name, file: `git:github.com/r/r:${path}:abc` })).toBe(text)
  })
})

describe('normalizePlace', () => {
  test.each(frameVectors)('%j becomes %s', (frame, text) => {
    expect(textOf(frame)).toBe(text)
  })
})

describe.skipIf(!hasSocorroLists)(`with Socorro's lists${unlessAbsent}`, () => {
  test('all vectors agree', () => {
    const lists = hasSocorroLists ? socorroLists() : undefined
    const all = [
      ...cppVectors.map(([source, text]) => [{ function: source, line: 23 }, text] as const),
      ...rustVectors.map(([source, text]) => [{ function: source, line: 23, file: '/a.rs' }, text] as const),
      ...frameVectors,
    ]
    expect(all.map(([frame]) => textOf(frame, { lists }))).toEqual(all.map(([, text]) => text))
  })
})

describe('dropPrefixAndReturnType', () => {
  test.each([
    ['a b c', 'c'],
    ['a ', 'a'],
    ['a  ', ''],
    [' ', ''],
    ['static foo (int) [clone .cold.1]', 'foo (int) [clone .cold.1]'],
    ['x > y', 'y'],
    ['f<a b> g', 'g'],
    ["`a b' c", 'c'],
    ['a) b', 'b'],
  ])('%j becomes %j', (source, text) => {
    expect(dropPrefixAndReturnType(source)).toBe(text)
  })
})
