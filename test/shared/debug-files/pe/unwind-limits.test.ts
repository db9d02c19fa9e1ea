// Entries of `.pdata`: which are skipped, and how far those that refer to others are followed.
import { describe, expect, test } from 'vitest'
import { zeroBase } from '../../../../shared/debug-files/byte-cursor.ts'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import type { PeFile } from '../../../../shared/debug-files/pe/pe-file.ts'
import { unwindArm64 } from '../../../../shared/debug-files/pe/unwind-arm64.ts'
import { runtimeFunctions, unwindX64 } from '../../../../shared/debug-files/pe/unwind-x64.ts'
import { createAssembler } from '../../../support/assembler.ts'

const dataAt = 0x1000

/** A file with a section at 0x1000 of these numbers, the first of which are entries. */
function fileOf(arch: string, entryBytes: number, ...words: readonly number[]): PeFile {
  const bytes = createAssembler()
    .u32(...words)
    .finish()
  const none = { address: 0, size: 0 }
  const section = { name: '.pdata', address: dataAt, size: bytes.length, fileOffset: 0, flags: 0 }
  return {
    ...{ source: sourceOfBytes(bytes), arch, addressSize: 8, base: zeroBase, timestamp: 0, imageSize: 0 },
    sections: [{ ...section, fileSize: bytes.length }],
    directories: [none, none, none, { address: dataAt, size: entryBytes }],
    ...{ symbolsAt: 0, symbolCount: 0 },
  }
}

describe('an entry of x64', () => {
  const recordsOf = (...words: number[]) => {
    const file = fileOf('x86_64', 12, ...words)
    return [...runtimeFunctions(file)].map((entry) => {
      const record = unwindX64(file, entry, () => undefined)
      return record && [record.start, record.size, record.initial[0]?.[1]]
    })
  }

  test('without code is skipped', () => {
    expect(recordsOf(0x2000, 0x2000, dataAt + 12, 1)).toEqual([])
    expect(recordsOf(0x2000, 0x2001, dataAt + 12, 1)).toEqual([[0x2000, 1, '$rsp 8 +']])
  })

  test('has information of version 1 or 2', () => {
    const found = [0, 1, 2, 3].map((version) => recordsOf(0x2000, 0x2010, dataAt + 12, version)[0])
    expect(found).toEqual([null, [0x2000, 0x10, '$rsp 8 +'], [0x2000, 0x10, '$rsp 8 +'], null])
  })

  test('may refer to one that ends with the file', () => {
    const words = [0x2000, 0x2010, dataAt + 17, 1, 0x3000, 0x3010, dataAt + 12]
    expect(recordsOf(...words)).toEqual([[0x2000, 0x10, '$rsp 8 +']])
    expect(recordsOf(...words.slice(0, -1))).toEqual([])
  })
})

describe('an entry of arm64', () => {
  const recordsOf = (...words: number[]) => {
    const found: unknown[] = []
    const file = fileOf('arm64', 8, ...words)
    for (const { start, size } of unwindArm64(file, () => found.push('damaged'))) found.push([start, size])
    return found
  }
  /** In one word, with a prologue and an epilogue: the number of instructions. */
  const packed = (instructions: number) => (instructions << 2) | 1

  test('without code is skipped', () => {
    expect(recordsOf(0x2000, packed(0))).toEqual([])
    expect(recordsOf(0x2000, packed(1))).toEqual([[0x2000, 4]])
  })

  test('may refer to another, through at most four, the last of which may end with the file', () => {
    const chain = (count: number) => [
      ...Array.from({ length: count }, (_, i) => [0x2000, dataAt + 8 * (i + 1) + 3]).flat(),
      ...[0x3000, packed(4)],
    ]
    expect(recordsOf(...chain(4))).toEqual([[0x2000, 16]])
    expect(recordsOf(...chain(5))).toEqual(['damaged'])
    expect(recordsOf(...chain(1).slice(0, -1))).toEqual(['damaged'])
  })
})
