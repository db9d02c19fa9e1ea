// `.gnu_debugdata`: a small ELF file with local symbols, compressed with xz, which Fedora's programs have
// (https://sourceware.org/gdb/current/onlinedocs/gdb.html/MiniDebugInfo.html).
import { xzStream } from '../../archives/xz.ts'
import { collectBytes } from '../../bytes/streams.ts'
import { sourceOfBytes } from '../byte-source.ts'
import { DamagedError } from '../module-symbols.ts'
import { contentOf, type ElfFile, readElf, sectionNamed } from './elf-file.ts'

const maxCompressedBytes = 64 << 20
const maxBytes = 512 << 20

/** Null without the section. @throws DamagedError when it cannot be inflated or read */
export async function miniDebugInfo(file: ElfFile): Promise<ElfFile | null> {
  const section = sectionNamed(file, '.gnu_debugdata')
  const bytes = section ? contentOf(file, section).read(0, maxCompressedBytes) : new Uint8Array(0)
  if (bytes.length === 0) return null
  try {
    const stream = await xzStream(new Blob([bytes.slice()]).stream())
    return readElf(sourceOfBytes(await collectBytes(stream, maxBytes, '.gnu_debugdata, inflated,')))
  } catch (cause) {
    throw new DamagedError('.gnu_debugdata cannot be read', { cause })
  }
}
