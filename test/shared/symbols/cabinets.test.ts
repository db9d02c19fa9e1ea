// Cabinets, as symbol servers store compressed files: MSZIP and LZX, damaged ones, and what another program reads.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { expandCabinet } from '../../../shared/symbols/servers/cabinet.ts'
import { cabinetOf } from '../../support/cabinet.ts'
import type { LzxOptions } from '../../support/lzx.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

const textOf = (size: number) => {
  const random = createRandom(size)
  return Uint8Array.from({ length: size }, (_, i) => (i % 5 === 0 ? random() * 256 : i % 97))
}

/** With calls (0xe8), far repetitions, and stretches of all kinds. */
function codeOf(size: number): Uint8Array {
  const random = createRandom(size + 1)
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; ) {
    const length = Math.min(size - at, 1 + Math.floor(random() * 300))
    const from = Math.floor(random() * at)
    if (random() < 0.3) for (let i = 0; i < length; i++) bytes[at + i] = random() * 256
    else if (random() < 0.2)
      bytes.set([0xe8, random() * 256, random() * 256, random() * 2, 0].slice(0, length), at)
    else bytes.copyWithin(at, from, from + length)
    at += length
  }
  return bytes
}

const lzxCases: [string, Uint8Array, LzxOptions][] = [
  ['nothing', new Uint8Array(0), { windowBits: 15, blocks: ['verbatim'], blockBytes: 1000 }],
  ['a byte', textOf(1), { windowBits: 15, blocks: ['verbatim'], blockBytes: 1000 }],
  ['one symbol', new Uint8Array(70_000), { windowBits: 16, blocks: ['verbatim'], blockBytes: 70_000 }],
  ['verbatim blocks', codeOf(100_000), { windowBits: 17, blocks: ['verbatim'], blockBytes: 40_000 }],
  ['aligned blocks', codeOf(100_000), { windowBits: 18, blocks: ['aligned'], blockBytes: 32_768 }],
  [
    'odd uncompressed blocks',
    codeOf(100_000),
    { windowBits: 19, blocks: ['uncompressed'], blockBytes: 20_001 },
  ],
  [
    'blocks of all types',
    codeOf(150_000),
    { windowBits: 21, blocks: ['verbatim', 'uncompressed', 'aligned'], blockBytes: 7777 },
  ],
  [
    'translated calls',
    codeOf(100_000),
    { windowBits: 20, blocks: ['verbatim', 'aligned'], blockBytes: 50_000, callSize: 60_000 },
  ],
  [
    'a small window',
    codeOf(200_000),
    { windowBits: 15, blocks: ['aligned', 'verbatim'], blockBytes: 65_536 },
  ],
]

const hasTool = (() => {
  try {
    execFileSync('cabextract', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe('cabinets', () => {
  test.each(lzxCases)('with LZX: %s', (_, content, options) => {
    expect(Buffer.compare(expandCabinet(cabinetOf(content, options), 1e6), content)).toBe(0)
  })

  test('with LZX: a stored block may begin at any bit of a word', () => {
    const content = codeOf(400)
    for (let blockBytes = 100; blockBytes < 150; blockBytes++) {
      const options: LzxOptions = { windowBits: 15, blocks: ['verbatim', 'uncompressed'], blockBytes }
      expect(Buffer.compare(expandCabinet(cabinetOf(content, options), 1e6), content)).toBe(0)
    }
  })

  test.skipIf(!hasTool).each(lzxCases.slice(1))(
    'that these tests write are read by another program: %s (needs cabextract)',
    (_, content, options) => {
      const folder = mkdtempSync(join(tmpdir(), 'mayday-cabinet-'))
      try {
        writeFileSync(join(folder, 'a.cab'), cabinetOf(content, options))
        const read = execFileSync('cabextract', ['-p', '-q', join(folder, 'a.cab')], { maxBuffer: 1e7 })
        expect(Buffer.compare(read, content)).toBe(0)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )

  test('with damage are expanded, or refused', () => {
    const random = createRandom(3)
    const seeds = [
      cabinetOf(textOf(60_000)),
      ...lzxCases.map(([, content, options]) => cabinetOf(content.subarray(0, 40_000), options)),
    ]
    let expanded = 0
    for (let round = 0; round < (process.env.CI ? 5000 : 500); round++) {
      try {
        expect(
          expandCabinet(mutate(seeds[round % seeds.length]!, random, 200), 100_000).length,
        ).toBeLessThanOrEqual(100_000)
        expanded++
      } catch (error) {
        if (!isCrashError(error)) throw error
      }
    }
    expect(expanded).toBeGreaterThan(0)
  })

  test.each([0, 1, 32_767, 32_768, 32_769, 100_000])('of %i bytes are expanded', (size) => {
    const content = textOf(size)
    expect(Buffer.compare(expandCabinet(cabinetOf(content), 1e6), content)).toBe(0)
  })

  test.each([
    ['is none', (bytes: Uint8Array) => bytes.fill(1, 0, 4)],
    ['ends early', (bytes: Uint8Array) => bytes.subarray(0, 100)],
    ['is compressed in another way', (bytes: Uint8Array) => bytes.fill(2, 42, 43)],
    ['has a file that is larger than its blocks', (bytes: Uint8Array) => bytes.fill(1, 46, 47)],
  ])('a file that %s is refused', (_, damage) => {
    const bytes = Uint8Array.from(cabinetOf(new Uint8Array(50_000).fill(7)))
    expect(() => expandCabinet(damage(bytes), 1e6)).toThrow(/cabinet/)
  })

  test('a file over the limit is refused before it is expanded', () => {
    const cabinet = cabinetOf(new Uint8Array(50_000))
    expect(expandCabinet(cabinet, 50_000)).toHaveLength(50_000)
    expect(() => expandCabinet(cabinet, 49_999)).toThrow(/more than 49999 bytes/)
  })
})
