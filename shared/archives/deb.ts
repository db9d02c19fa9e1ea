// Debian packages (https://manpages.debian.org/deb.5): an archive of `ar` with the files in `data.tar`, compressed or not.
import { CrashError } from '../errors.ts'
import { PieceReader } from './piece-reader.ts'
import type { PassingFile } from './tar.ts'

const magicBytes = 8
const headerBytes = 60
/** A package has three members. */
const maxMembers = 100

/**
 * The archive of the package's files, which is compressed itself.
 * @throws CrashError 'bad-symbols' when the package is damaged; errors of `pieces`
 */
export async function* debFiles(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<PassingFile> {
  const reader = new PieceReader(pieces)
  try {
    await reader.take(magicBytes)
    for (let count = 0; count < maxMembers; count++) {
      const header = await reader.take(headerBytes)
      if (header.length === 0) return
      const { name, size } = readHeader(header)
      const content = whole(reader, size)
      if (/^data\.tar/.test(name)) yield { name, size, content }
      for await (const _ of content);
      if (size % 2 === 1) await reader.take(1)
    }
  } finally {
    await reader.close()
  }
}

async function* whole(reader: PieceReader, size: number): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const piece of reader.next(size)) {
    left -= piece.length
    yield piece
  }
  if (left > 0) throw damaged()
}

function readHeader(header: Uint8Array): { name: string; size: number } {
  const text = String.fromCharCode(...header)
  const size = /^(\d{1,10}) *`\n$/.exec(text.slice(48))?.[1]
  if (header.length < headerBytes || size === undefined) throw damaged()
  return { name: text.slice(0, 16).replace(/\/? *$/, ''), size: Number(size) }
}

const damaged = () => new CrashError('bad-symbols', 'The Debian package is damaged or ends early')
