// Writes tar archives and Debian packages for tests.
import { packTar } from 'modern-tar'

export interface PackedFile {
  name: string
  content: Uint8Array | string
}

const bytesOf = (content: Uint8Array | string) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

export const tarOf = (...files: readonly PackedFile[]): Promise<Uint8Array<ArrayBuffer>> =>
  packTar(
    files.map(({ name, content }) => ({
      header: { name, size: bytesOf(content).length, type: 'file', mtime: new Date(0) },
      body: bytesOf(content),
    })),
  )

/** An archive of `ar` (https://manpages.debian.org/deb.5). */
export function arOf(...files: readonly PackedFile[]): Uint8Array<ArrayBuffer> {
  const pieces = [Buffer.from('!<arch>\n')]
  for (const { name, content } of files) {
    const bytes = bytesOf(content)
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`
    pieces.push(Buffer.from(header), Buffer.from(bytes), Buffer.from('\n'.repeat(bytes.length % 2)))
  }
  return new Uint8Array(Buffer.concat(pieces))
}

/** `data`: the member with the package's files. */
export const debOf = (data: PackedFile): Uint8Array<ArrayBuffer> =>
  arOf({ name: 'debian-binary', content: '2.0\n' }, { name: 'control.tar', content: 'x' }, data)
