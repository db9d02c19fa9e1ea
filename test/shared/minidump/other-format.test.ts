// Files that are taken for minidumps are named.
import { expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { otherFormat } from '../../../shared/minidump/other-format.ts'

const bytes = (text: string, size = 64) => {
  const content = new Uint8Array(size)
  content.set(Buffer.from(text, 'latin1'))
  return content
}

test.each([
  [
    'PAGEDU64',
    bytes('PAGEDU64'),
    'HeaderMismatch: the first four bytes are not MDMP; this is a Windows kernel dump',
  ],
  [
    'PAGEDUMP',
    bytes('PAGEDUMP'),
    'HeaderMismatch: the first four bytes are not MDMP; this is a Windows kernel dump',
  ],
  [
    'ELF',
    bytes('\u007fELF'),
    'HeaderMismatch: the first four bytes are not MDMP; this is an ELF file, such as a core dump',
  ],
  [
    'text',
    Buffer.from('Thread 0 crashed:\n'.repeat(9)),
    'HeaderMismatch: the first four bytes are not MDMP; this is a text file',
  ],
  [
    'UTF-8',
    Buffer.from('\u{1f600}'.repeat(200)),
    'HeaderMismatch: the first four bytes are not MDMP; this is a text file',
  ],
  ['short text', Buffer.from('hello\n'), 'MissingHeader: only 6 bytes; this is a text file'],
  ['nothing', new Uint8Array(0), 'MissingHeader: only 0 bytes'],
  ['zeros', new Uint8Array(64), 'HeaderMismatch: the first four bytes are not MDMP'],
])('%s', (_, content, message) => expect(() => readMinidump(content)).toThrow(message))

const named = (...codes: number[]) => otherFormat(Uint8Array.from(codes))
const isText = (...codes: number[]) => named(0x61, ...codes) === '; this is a text file'

test('the start of a program and of a PDB file is known', () => {
  expect(otherFormat(bytes('MZ'))).toBe('; this is a Windows program')
  expect(otherFormat(bytes('Microsoft C/C++ MSF 7.00'))).toBe('; this is a PDB file')
  expect(otherFormat(bytes('xMZ'))).toBe('')
})

test('text has no control characters but white space and escapes', () => {
  expect([0x00, 0x08, 0x0e, 0x1a, 0x1c, 0x1f].filter((code) => isText(code))).toEqual([])
  expect([0x09, 0x0a, 0x0d, 0x1b, 0x20, 0x7e].filter((code) => !isText(code))).toEqual([])
})

test('text is UTF-8, perhaps cut, or UTF-16 with a byte order mark', () => {
  expect([isText(0xc3, 0xa9), isText(0xc3), isText(0xa9), isText(0xff)]).toEqual([true, true, false, false])
  const text = '; this is a text file'
  expect([named(0xff, 0xfe, 0x61, 0), named(0xfe, 0xff, 0, 0x61)]).toEqual([text, text])
  expect([named(0xff, 0xff), named(0xfe, 0xfe), named(0xff), named()]).toEqual(['', '', '', ''])
})

test('512 bytes decide', () => {
  const long = (zeroAt: number) => {
    const content = new Uint8Array(600).fill(0x61)
    content[zeroAt] = 0
    return otherFormat(content)
  }
  expect([long(511), long(512)]).toEqual(['', '; this is a text file'])
})
