// Parts of dumps, their lists and texts, each at its exact size and one byte less.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { readCrashpadInfo } from '../../../shared/minidump/crashpad.ts'
import {
  createDumpFile,
  dumpErrorName,
  dumpErrorNames,
  fileOffset,
  location,
  section,
  spend,
} from '../../../shared/minidump/dump-view.ts'
import { extendedList, plainList } from '../../../shared/minidump/lists.ts'
import { readAssertion } from '../../../shared/minidump/mac.ts'
import { readMemory64List, readMemoryList } from '../../../shared/minidump/memory/memory.ts'
import { readMiscInfo } from '../../../shared/minidump/misc-info.ts'
import { lossyCString, utf8String, utf16Array, utf16String } from '../../../shared/minidump/strings.ts'
import { readSystemInfo } from '../../../shared/minidump/system-info.ts'
import { readBreakpadInfo, readException } from '../../../shared/minidump/threads.ts'
import { readHandles } from '../../../shared/minidump/windows.ts'
import { type Assembler, createAssembler, minidumpString } from '../../support/assembler.ts'

const built = (write: (a: Assembler) => unknown) => {
  const a = createAssembler()
  write(a)
  return a.finish()
}
/** All bytes of what `write` writes, or its first `size`, as a section of a file with the rest after it. */
const sectionOf = (write: (a: Assembler) => unknown, size?: number) => {
  const bytes = built(write)
  return section(createDumpFile(bytes, true), 0, size ?? bytes.length)
}
const problems = () => {
  const found: string[] = []
  return { found, damaged: (detail: string) => found.push(detail) }
}

describe('a record that is too short names itself', () => {
  test.each<[what: string, size: number, read: (s: ReturnType<typeof sectionOf>) => unknown]>([
    ['Exception', 168, (s) => readException(s, 9)],
    ['BreakpadInfo', 12, readBreakpadInfo],
    ['SystemInfo', 56, readSystemInfo],
    ['MiscInfo', 24, readMiscInfo],
    ['AssertionInfo', 776, readAssertion],
    ['HandleData', 16, (s) => readHandles({ ...s, file: s.file })],
    ['CrashpadInfo', 52, readCrashpadInfo],
  ])('%s', (what, size, read) => {
    const s = sectionOf((a) => a.u32(16, 32).zeros(size))
    expect(() => read({ ...s, size: size - 1 })).toThrow(
      `StreamReadFailure: ${what} of ${size - 1} bytes, ${size} needed`,
    )
    expect(() => read({ ...s, size })).not.toThrow()
  })

  test.each([
    [16, 32, 1, 48, null],
    [16, 32, 1, 47, '1 handles of 32 bytes in a stream of 47'],
    [15, 32, 1, 48, '1 handles of 32 bytes in a stream of 48'],
    [20, 32, 1, 52, null],
    [16, 40, 1, 56, null],
    [16, 36, 1, 56, '1 handles of 36 bytes in a stream of 56'],
  ])('handles: a header of %i, %i bytes each, %i of them, in %i', (header, each, count, size, problem) => {
    const read = () => readHandles(sectionOf((a) => a.u32(header, each, count).zeros(size - 12)))
    if (problem) expect(read).toThrow(`StreamSizeMismatch: ${problem}`)
    else expect(read()).toHaveLength(count)
  })

  test.each([
    [2, 20, [4, 12]],
    [2, 24, [8, 16]],
    [2, 22, '2 entries of 8 bytes in a stream of 22'],
    [2, 16, '2 entries of 8 bytes in a stream of 16'],
    [0, 4, []],
  ])('a plain list of %i in %i bytes', (count, size, expected) => {
    const read = () =>
      plainList(
        sectionOf((a) => a.u32(count).zeros(size - 4)),
        8,
      )
    if (typeof expected === 'string') expect(read).toThrow(`StreamSizeMismatch: ${expected}`)
    else expect(read()).toEqual(expected)
  })

  test.each([
    [12, 8, 2, 28, [12, 20]],
    [12, 8, 2, 27, '2 entries of 8 bytes in a stream of 27'],
    [11, 8, 2, 28, '2 entries of 8 bytes in a stream of 28'],
    [12, 9, 2, 40, '2 entries of 9 bytes in a stream of 40'],
    [16, 8, 1, 40, [16]],
  ])(
    'an extended list: a header of %i, %i bytes each, %i of them, in %i',
    (header, each, count, size, expected) => {
      const read = () =>
        extendedList(
          sectionOf((a) => a.u32(header, each, count).zeros(size - 12)),
          8,
        )
      if (typeof expected === 'string') expect(read).toThrow(`StreamSizeMismatch: ${expected}`)
      else expect(read()).toEqual(expected)
    },
  )

  test('the count of an extended list may have 64 bits', () => {
    const s = sectionOf((a) => a.u32(16, 8, 1, 1).zeros(8))
    expect(extendedList(s, 8)).toEqual([16])
    expect(() => extendedList(s, 8, true)).toThrow('StreamSizeMismatch: 4294967297 entries')
  })
})

describe('memory lists', () => {
  const bytes = [1, 2, 3, 4, 5]
  test('a region that passes the end of the file is reported', () => {
    const { found, damaged } = problems()
    const write = (a: Assembler) => a.u32(2).u64(0x1000).u32(5, 36).u64(0x2000).u32(6, 36).bytes(bytes)
    expect(readMemoryList(sectionOf(write, 36), damaged)).toEqual([
      { base: 0x1000n, bytes: Uint8Array.from(bytes) },
    ])
    expect(found).toEqual(['MemoryReadFailure: region at offset 36 of 6 bytes passes the end of the file'])
  })

  test('the regions of a Memory64List follow each other', () => {
    const write = (last: number) => (a: Assembler) =>
      a.u64(2, 48).u64(0x1000, 2).u64(0x2000, last).bytes(bytes)
    expect(readMemory64List(sectionOf(write(3), 48))).toEqual([
      { base: 0x1000n, bytes: Uint8Array.of(1, 2) },
      { base: 0x2000n, bytes: Uint8Array.of(3, 4, 5) },
    ])
    expect(() => readMemory64List(sectionOf(write(4), 48))).toThrow(
      'MemoryReadFailure: 4 bytes at offset 50 pass the end of the file',
    )
    expect(() => readMemory64List(sectionOf(write(3), 49))).toThrow(
      'StreamSizeMismatch: 2 regions in 49 bytes',
    )
  })
})

describe('parts of a file', () => {
  const file = createDumpFile(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0), true)
  test('end with the file, and values with their record', () => {
    expect(section(file, 4, 4)).toEqual({ file, base: 4, size: 4 })
    expect(() => section(file, 4, 5)).toThrow(
      'StreamReadFailure: 5 bytes at offset 4 pass the end of the file',
    )
    expect(location(section(file, 0, 8), 0)).toEqual({ size: 1, rva: 2 })
    expect(() => location(section(file, 2, 6), 0)).toThrow(
      'StreamReadFailure: 4 bytes at offset 6 pass the end of the record',
    )
    expect(fileOffset(section(file, 0, 8), 0)).toBe(2 * 2 ** 32 + 1)
    expect(fileOffset(section({ ...file, littleEndian: false }, 0, 8), 0)).toBe(2 ** 24 * 2 ** 32 + 2 ** 25)
  })

  test('may be read eight times and 64 KiB', () => {
    const own = createDumpFile(new Uint8Array(10), true)
    spend(own, 80 + 65_536)
    expect(() => spend(own, 1)).toThrow('DataError: records refer to the same bytes too many times')
  })

  test('every error of a dump has its name', () => {
    for (const name of dumpErrorNames)
      expect(dumpErrorName(new CrashError('bad-dump', `${name}: x`))).toBe(name)
    expect(dumpErrorNames.join(' ')).toMatchInlineSnapshot(
      `"MissingHeader HeaderMismatch VersionMismatch MissingDirectory StreamReadFailure StreamSizeMismatch StreamNotFound ModuleReadFailure MemoryReadFailure DataError CodeViewReadFailure UnknownElementType"`,
    )
    for (const error of [new CrashError('limit', 'DataError: x'), new Error('DataError: x'), null])
      expect(dumpErrorName(error)).toBeNull()
    expect(dumpErrorName(new CrashError('bad-dump', 'NoSuchName: x'))).toBeNull()
  })
})

describe('texts', () => {
  const fileOf = (write: (a: Assembler) => unknown) => createDumpFile(built(write), true)
  test.each([
    ['at the end of the file', [2, 0, 0, 0, 65, 0], 0, 'A'],
    ['past the end of the file', [4, 0, 0, 0, 65, 0], 0, null],
    ['of an odd length', [1, 0, 0, 0, 65, 0], 0, null],
    ['of length 0', [0, 0, 0, 0], 0, ''],
    ['with a lone surrogate', [2, 0, 0, 0, 0, 0xd8], 0, null],
    ['with the last surrogate', [2, 0, 0, 0, 0xff, 0xdf], 0, null],
    ['before the surrogates', [2, 0, 0, 0, 0xff, 0xd7], 0, '\ud7ff'],
    ['after the surrogates', [2, 0, 0, 0, 0, 0xe0], 0, '\ue000'],
    ['of a pair', [4, 0, 0, 0, 0x3d, 0xd8, 0, 0xde], 0, '\u{1f600}'],
    ['whose length is cut', [0, 0, 0], 0, null],
  ])('a UTF-16 text %s', (_, bytes, rva, text) =>
    expect(
      utf16String(
        fileOf((a) => a.bytes(bytes)),
        rva,
      ),
    ).toBe(text),
  )

  test.each([1, 255, 256, 257, 300])('a UTF-16 text of %i units', (units) =>
    expect(utf16String(fileOf(minidumpString('é'.repeat(units))), 0)).toBe('é'.repeat(units)),
  )

  test('an array of UTF-16 ends at the first zero or at its size', () => {
    const s = sectionOf((a) => a.u16(65, 66, 0xd800, 67, 0, 68))
    expect(utf16Array(s, 0, 6)).toBe('AB\ufffdC')
    expect(utf16Array(s, 0, 2)).toBe('AB')
    expect(utf16Array(s, 2, 1)).toBe('B')
  })

  test('a UTF-8 text ends in NUL', () => {
    const bytes = (text: string, end: number) => (a: Assembler) =>
      a.u32(text.length).bytes(new TextEncoder().encode(text)).u8(end)
    expect(utf8String(fileOf(bytes('ab', 0)), 0)).toBe('ab')
    expect(() => utf8String(fileOf(bytes('ab', 1)), 0)).toThrow(
      'DataError: text at offset 0 does not end in NUL',
    )
  })

  test.each([
    [[97, 98], 'ab'],
    [[97, 0, 98], 'a'],
    [[], ''],
    [[0], ''],
    [[0x7f], '\u007f'],
    [[0x80], '\ufffd'],
    [[0xc3, 0xa9], 'é'],
  ])('the bytes %j up to a NUL', (bytes, text) => expect(lossyCString(Uint8Array.from(bytes))).toBe(text))

  test.each([255, 256, 257, 1000])('%i bytes up to a NUL', (length) =>
    expect(lossyCString(new Uint8Array(length).fill(97))).toBe('a'.repeat(length)),
  )
})
