// Files that are taken for minidumps are named.
import { expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'

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
