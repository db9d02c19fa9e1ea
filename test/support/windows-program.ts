// The Windows x64 program of test/fixtures/debug-files and dumps of it, from a known state of registers and stack.
import { sourceOfBytes } from '../../shared/debug-files/byte-source.ts'
import { readAt, readPe } from '../../shared/debug-files/pe/pe-file.ts'
import { debugFileBytes } from './debug-programs.ts'
import { createSynthMinidump, pdb70 } from './synth-minidump.ts'
import { X64Machine } from './x64-machine.ts'

export const exe = debugFileBytes('tree-x64.exe')[0]!.bytes
export const pdb = debugFileBytes('tree-x64.pdb')[0]!.bytes

/** The same code as a library of the system, whose PDB is not available. */
export const library = exe.slice()
const guidAt = Buffer.from(exe).indexOf('RSDS') + 4
library.fill(0x77, guidAt, guidAt + 16)
library[new DataView(library.buffer).getUint32(0x3c, true) + 8]! ^= 0xff

export const programBase = 0x7ff6_0000_0000n
export const libraryBase = 0x7ffc_1234_0000n
const file = readPe(sourceOfBytes(exe))

const guid = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + guidAt, 16)
  const rest = bytes.subarray(guidAt + 8, guidAt + 16)
  return [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true), rest] as const
}

const codeAt = (address: bigint): Uint8Array => {
  const base = address >= libraryBase ? libraryBase : programBase
  return readAt(file, Number(address - base), 16)
}

/** Functions of the program: a call goes to `start`, executes to `callAt`, and calls the next. */
export const places = {
  outer: { start: 0x1140, callAt: 0x1147, name: 'run_tree' },
  middle: { start: 0x1060, callAt: 0x108b, name: 'tree::insert' },
  split: { start: 0x1000, callAt: 0x1019, name: 'dev_chain' },
  machineFrameFree: { start: 0x1041, callAt: 0x1052 },
} as const

function timestampOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return view.getUint32(view.getUint32(0x3c, true) + 8, true)
}

export const newMachine = (): X64Machine => new X64Machine(codeAt, 0x5000_0000n, 0xa_0000)

/** An access violation at the state of the machine. */
export function dumpOf(machine: X64Machine): Uint8Array {
  const { registers, stack, stackBase } = machine
  return createSynthMinidump({
    system: { cpu: 'amd64', os: 'windows', major: 10 },
    threads: [{ id: 1, stack: { base: stackBase, bytes: stack }, registers }],
    modules: [
      {
        base: programBase,
        size: file.imageSize,
        name: 'C:\\tree\\tree-x64.exe',
        timestamp: timestampOf(exe),
        codeView: pdb70(guid(exe), 1, 'tree-x64.pdb'),
      },
      {
        base: libraryBase,
        size: file.imageSize,
        name: 'C:\\Windows\\System32\\system.dll',
        timestamp: timestampOf(library),
        codeView: pdb70(guid(library), 1, 'system.pdb'),
      },
    ],
    exception: { threadId: 1, code: 0xc000_0005, address: registers.rip!, registers },
  })
}

/** Steps until the function's call, with `visit` before every instruction. */
export async function enter(
  machine: X64Machine,
  { start, callAt, base = programBase }: { start: number; callAt: number; base?: bigint },
  visit: () => Promise<void> = async () => undefined,
): Promise<void> {
  machine.call(base + BigInt(start), machine.registers.rip === 0n ? 0n : machine.registers.rip! + 5n)
  for (;;) {
    await visit()
    if (machine.registers.rip! >= base + BigInt(callAt)) return
    try {
      machine.step()
    } catch {
      machine.registers.rip = base + BigInt(callAt)
    }
  }
}
