// The smallest ELF program that has a build ID.
import { createAssembler } from './assembler.ts'

/**
 * x86-64, with one segment of code and one with a note.
 * @param buildId null: without the note
 * @param type 2: a program; 1: an object file
 */
export function tinyElf(buildId: Uint8Array | null, type = 2): Uint8Array<ArrayBuffer> {
  const a = createAssembler()
  const note = 64 + 2 * 56
  const noteBytes = buildId ? 16 + buildId.length : 0
  a.bytes([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).zeros(9)
  a.u16(type, 62).u32(1).u64(0x1000, 64, 0).u32(0).u16(64, 56, 2, 64, 0, 0)
  a.u32(1, 5).u64(0, 0, 0, 0x2000, 0x2000, 0x1000)
  a.u32(4, 4).u64(note, note, note, noteBytes, noteBytes, 4)
  if (buildId) a.u32(4, buildId.length, 3).bytes([0x47, 0x4e, 0x55, 0]).bytes(buildId)
  return new Uint8Array(a.finish())
}
