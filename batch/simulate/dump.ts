// Synthetic minidumps: 64-bit x86 stacks linked by frame pointers, for reports that are processed like real ones.
// https://learn.microsoft.com/en-us/windows/win32/api/minidumpapiset/

/** A code address as module and offset. */
export interface CodePlace {
  /** Index into the modules. */
  module: number
  offset: number
}

export interface DumpPlan {
  os: 'linux' | 'windows'
  modules: readonly { name: string /** 32 hexadecimal digits. */; id: string }[]
  /** The frames of each thread, innermost first, at most 40. The first thread crashed. */
  threads: readonly (readonly CodePlace[])[]
  /** The address that the crashing instruction accessed. */
  address: bigint
}

const headerBytes = 32
const contextBytes = 1232
const stackBytes = 3712
const moduleBytes = 108
const threadBytes = 48
const moduleSize = 0x80_0000
const stackBase = (thread: number) => 0x7fff_0000_0000n + BigInt(thread) * 0x10_0000n
const codeAt = ({ module, offset }: CodePlace) =>
  0x7f00_0000_0000n + BigInt(module) * 0x100_0000n + BigInt(offset)

/** The bytes written so far, little-endian; offsets are fixed when reserved. */
interface Writer {
  view: DataView
  bytes: Uint8Array
  /** Where the next block starts. */
  end: number
}

/** Reserves a block and returns its offset in the file. */
function reserve(writer: Writer, length: number): number {
  const at = writer.end
  writer.end += length
  return at
}

/** A minidump with system, threads, modules and exception. */
export function makeMinidump(plan: DumpPlan): Uint8Array {
  const perModule = moduleBytes + 512
  const room =
    4096 + plan.threads.length * (threadBytes + contextBytes + stackBytes) + plan.modules.length * perModule
  const bytes = new Uint8Array(room)
  const writer: Writer = { bytes, view: new DataView(bytes.buffer), end: headerBytes + 4 * 12 }
  const streams = [
    { type: 7, ...writeSystem(writer, plan) },
    { type: 3, ...writeThreads(writer, plan) },
    { type: 4, ...writeModules(writer, plan) },
    { type: 6, ...writeException(writer, plan) },
  ]
  const { view } = writer
  view.setUint32(0, 0x504d444d, true)
  view.setUint32(4, 0xa793, true)
  view.setUint32(8, streams.length, true)
  view.setUint32(12, headerBytes, true)
  for (const [i, { type, size, at }] of streams.entries()) {
    view.setUint32(headerBytes + i * 12, type, true)
    view.setUint32(headerBytes + i * 12 + 4, size, true)
    view.setUint32(headerBytes + i * 12 + 8, at, true)
  }
  return bytes.slice(0, writer.end)
}

interface Placed {
  at: number
  size: number
}

/** MINIDUMP_SYSTEM_INFO. */
function writeSystem(writer: Writer, { os }: DumpPlan): Placed {
  const size = 56
  const at = reserve(writer, size)
  const { view, bytes } = writer
  view.setUint16(at, 9, true)
  view.setUint8(at + 6, 8)
  view.setUint32(at + 8, os === 'windows' ? 10 : 6, true)
  view.setUint32(at + 12, os === 'windows' ? 0 : 1, true)
  view.setUint32(at + 16, os === 'windows' ? 22631 : 0, true)
  view.setUint32(at + 20, os === 'windows' ? 2 : 0x8201, true)
  view.setUint32(at + 24, writeString(writer, os === 'windows' ? '' : 'Linux 6.1.0 #1 SMP x86_64'), true)
  bytes.set(new TextEncoder().encode('AuthenticAMD'), at + 32)
  return { at, size }
}

/** MINIDUMP_STRING: its length in bytes, UTF-16, a zero. */
function writeString(writer: Writer, text: string): number {
  const at = reserve(writer, 4 + text.length * 2 + 2)
  writer.view.setUint32(at, text.length * 2, true)
  for (let i = 0; i < text.length; i++) writer.view.setUint16(at + 4 + i * 2, text.charCodeAt(i), true)
  return at
}

/** MINIDUMP_THREAD_LIST. */
function writeThreads(writer: Writer, { threads }: DumpPlan): Placed {
  const size = 4 + threads.length * threadBytes
  const at = reserve(writer, size)
  const { view } = writer
  view.setUint32(at, threads.length, true)
  for (const [i, frames] of threads.entries()) {
    const entry = at + 4 + i * threadBytes
    view.setUint32(entry, threadId(i), true)
    view.setBigUint64(entry + 24, stackBase(i), true)
    view.setUint32(entry + 32, stackBytes, true)
    view.setUint32(entry + 36, writeStack(writer, i, frames), true)
    view.setUint32(entry + 40, contextBytes, true)
    view.setUint32(entry + 44, writeContext(writer, i, frames), true)
  }
  return { at, size }
}

const threadId = (index: number) => 1000 + index

/** Bytes of a frame on the stack. */
const stepOf = (frames: readonly CodePlace[]) => Math.floor(stackBytes / (frames.length + 2) / 16) * 16

/** Saved frame pointers, each below the return address of its frame; zeros end the chain. */
function writeStack(writer: Writer, thread: number, frames: readonly CodePlace[]): number {
  const start = reserve(writer, stackBytes)
  const step = stepOf(frames)
  for (let depth = 1; depth < frames.length; depth++) {
    const at = step * depth
    writer.view.setBigUint64(start + at, stackBase(thread) + BigInt(at + step), true)
    writer.view.setBigUint64(start + at + 8, codeAt(frames[depth]!), true)
  }
  return start
}

/** CONTEXT of AMD64 with stack pointer, frame pointer and instruction pointer. */
function writeContext(writer: Writer, thread: number, frames: readonly CodePlace[]): number {
  const at = reserve(writer, contextBytes)
  const { view } = writer
  view.setUint32(at + 48, 0x10_001f, true)
  view.setBigUint64(at + 152, stackBase(thread), true)
  view.setBigUint64(at + 160, stackBase(thread) + BigInt(stepOf(frames)), true)
  view.setBigUint64(at + 248, frames[0] ? codeAt(frames[0]) : 0n, true)
  return at
}

/** MINIDUMP_MODULE_LIST. */
function writeModules(writer: Writer, { modules, os }: DumpPlan): Placed {
  const size = 4 + modules.length * moduleBytes
  const at = reserve(writer, size)
  const { view } = writer
  view.setUint32(at, modules.length, true)
  for (const [i, { name, id }] of modules.entries()) {
    const entry = at + 4 + i * moduleBytes
    view.setBigUint64(entry, codeAt({ module: i, offset: 0 }), true)
    view.setUint32(entry + 8, moduleSize, true)
    view.setUint32(entry + 20, writeString(writer, name), true)
    const record = os === 'windows' ? pdbRecord(name, id) : elfRecord(id)
    view.setUint32(entry + 76, record.length, true)
    const place = reserve(writer, record.length)
    view.setUint32(entry + 80, place, true)
    writer.bytes.set(record, place)
  }
  return { at, size }
}

/** CodeView record of a PDB: signature, GUID, age, file. */
function pdbRecord(name: string, id: string): Uint8Array {
  const file = new TextEncoder().encode(
    `${name.slice(name.lastIndexOf('\\') + 1).replace(/\.\w+$/, '')}.pdb\0`,
  )
  const record = new Uint8Array(24 + file.length)
  record.set([0x52, 0x53, 0x44, 0x53])
  record.set(Buffer.from(id, 'hex'), 4)
  record[20] = 1
  record.set(file, 24)
  return record
}

/** CodeView record of an ELF build ID, as Breakpad writes it. */
function elfRecord(id: string): Uint8Array {
  const record = new Uint8Array(24)
  record.set([0x4c, 0x45, 0x70, 0x42])
  record.set(Buffer.from(id, 'hex'), 4)
  return record
}

/** MINIDUMP_EXCEPTION_STREAM: a read of `address` in the first thread. */
function writeException(writer: Writer, { os, threads, address }: DumpPlan): Placed {
  const size = 168
  const at = reserve(writer, size)
  const { view } = writer
  view.setUint32(at, threadId(0), true)
  view.setUint32(at + 8, os === 'windows' ? 0xc000_0005 : 11, true)
  view.setUint32(at + 12, os === 'windows' ? 0 : 1, true)
  view.setBigUint64(at + 24, os === 'windows' ? codeAt(threads[0]![0]!) : address, true)
  if (os === 'windows') {
    view.setUint32(at + 32, 2, true)
    view.setBigUint64(at + 48, address, true)
  }
  view.setUint32(at + 160, contextBytes, true)
  view.setUint32(at + 164, writeContext(writer, 0, threads[0]!), true)
  return { at, size }
}
