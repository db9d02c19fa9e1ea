// Numbers and texts as UTF-8, against the conversions of JavaScript.
import { describe, expect, test } from 'vitest'
import { SymWriter } from '../../../../shared/debug-files/lists/sym-writer.ts'
import { createRandom } from '../../../support/mutate.ts'

const textOf = (write: (writer: SymWriter) => void) => {
  const writer = new SymWriter()
  write(writer)
  return new TextDecoder().decode(writer.take())
}

describe('a writer of symbol files', () => {
  const edges = [0, 1, 9, 10, 15, 16, 99, 100, 255, 256, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
  const random = createRandom(5)
  const others = Array.from({ length: 500 }, () => Math.floor(random() * 2 ** Math.floor(random() * 54)))

  test.each([...edges, ...others.slice(0, 3)])('writes %d in both bases', (number) => {
    expect(textOf((writer) => writer.hex(number))).toBe(number.toString(16))
    expect(textOf((writer) => writer.decimal(number))).toBe(String(number))
  })

  test('writes any number as JavaScript does, one line each', () => {
    const lines = others.map((number) => `${number.toString(16)} ${number} ${number.toString(16)}\n`)
    const written = textOf((writer) => {
      for (const number of others) writer.hex(number).decimal(number).hex(number).endLine()
    })
    expect(written).toBe(lines.join(''))
  })

  test('separates numbers by a space, but not from the start of a line', () => {
    const written = textOf((writer) => {
      writer.hex(1).decimal(2).endLine()
      writer.text('FUNC').hex(255).text(' ').utf8(new TextEncoder().encode('größe')).endLine()
      writer.decimal(3)
    })
    expect(written).toBe('1 2\nFUNC ff größe\n3')
  })

  test('grows by texts of any length, and takes only what is new', () => {
    const writer = new SymWriter()
    const long = '界'.repeat(400_000)
    expect(writer.text('a').take()).toEqual(new Uint8Array([0x61]))
    expect(writer.length).toBe(0)
    writer.text(long).utf8(new TextEncoder().encode(long))
    expect(writer.length).toBe(2 * 3 * long.length)
    expect(new TextDecoder().decode(writer.take())).toBe(long + long)
    for (let i = 0; i < 200_000; i++) writer.endLine()
    expect(writer.take()).toEqual(new Uint8Array(200_000).fill(10))
  })
})
