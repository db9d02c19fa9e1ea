// Stacks of a Windows x64 program with symbols from its own files: exact at every instruction of a prologue.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { readAt, readPe } from '../../../shared/debug-files/pe/pe-file.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { folderSource } from '../../../shared/symbols/sources/folder.node.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { createSynthMinidump, pdb70 } from '../../support/synth-minidump.ts'
import { calleeSaved, type MachineState, X64Machine } from '../../support/x64-machine.ts'

const exe = debugFileBytes('tree-x64.exe')[0]!.bytes
const pdb = debugFileBytes('tree-x64.pdb')[0]!.bytes
/** The same code as a library of the system, whose PDB is not available. */
const library = exe.slice()
const guidAt = Buffer.from(exe).indexOf('RSDS') + 4
library.fill(0x77, guidAt, guidAt + 16)
library[new DataView(library.buffer).getUint32(0x3c, true) + 8]! ^= 0xff

const folder = mkdtempSync(join(tmpdir(), 'mayday-windows-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'build', 'system32'), { recursive: true })
writeFileSync(join(folder, 'build', 'tree-x64.exe'), exe)
writeFileSync(join(folder, 'build', 'tree-x64.pdb'), pdb)
writeFileSync(join(folder, 'build', 'system32', 'system.dll'), library)

const programBase = 0x7ff6_0000_0000n
const libraryBase = 0x7ffc_1234_0000n
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
const outer = { start: 0x1140, callAt: 0x1147, name: 'run_tree' }
const middle = { start: 0x1060, callAt: 0x108b, name: 'tree::insert' }
const split = { start: 0x1000, callAt: 0x1019, name: 'dev_chain' }
const machineFrameFree = { start: 0x1041, callAt: 0x1052 }

function timestampOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return view.getUint32(view.getUint32(0x3c, true) + 8, true)
}

function dumpOf(machine: X64Machine): Uint8Array {
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

async function walk(machine: X64Machine) {
  const walked = await walkDumpThreads(readMinidump(dumpOf(machine)), { symbols: folderSource(folder) })
  return walked.threads[0]!
}

/** Steps until the function's call, with `visit` before every instruction. */
async function enter(
  machine: X64Machine,
  { start, callAt, base = programBase }: { start: number; callAt: number; base?: bigint },
  visit: () => Promise<void> = async () => undefined,
) {
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

/** What a frame must have: the state when it made its call. */
async function expectFrames(machine: X64Machine, callers: readonly MachineState[]) {
  const walked = await walk(machine)
  const names = walked.cpu!.names
  const value = (frame: number, name: string) => walked.frames[frame]?.registers[names.indexOf(name)]
  const where = `at ${machine.registers.rip!.toString(16)}`
  expect(walked.frames, where).toHaveLength(callers.length + 1)
  for (const [i, caller] of callers.toReversed().entries()) {
    expect(walked.frames[i + 1]!.trust, where).toBe('cfi')
    for (const name of ['rip', 'rsp', ...calleeSaved]) {
      const expected = name === 'rip' ? caller.rip! + 5n : caller[name]!
      const found = value(i + 1, name)
      // Only Windows preserves these two: they are unknown until a prologue saves them.
      if (found === null && ['rsi', 'rdi'].includes(name)) continue
      expect(BigInt(found ?? 0), `${name} of frame ${i + 1} ${where}`).toBe(expected)
    }
  }
  return walked.frames.map(({ symbol }) => symbol?.function ?? null)
}

const newMachine = () => new X64Machine(codeAt, 0x5000_0000n, 0xa_0000)

describe('a Windows x64 program without dump_syms', () => {
  test('is walked exactly from every instruction of nested prologues', async () => {
    const machine = newMachine()
    const callers: MachineState[] = []
    for (const place of [outer, middle, split]) {
      await enter(machine, place, async () => {
        await expectFrames(machine, callers)
      })
      callers.push(machine.snapshot())
    }
    callers.pop()
    const names = await expectFrames(machine, callers)
    expect(names).toEqual(['dev_chain', 'tree::insert', expect.stringMatching(/./)])
  })

  test('is walked through a library of which only the program file is known', async () => {
    const machine = newMachine()
    await enter(machine, outer)
    const callers = [machine.snapshot()]
    await enter(machine, { ...machineFrameFree, base: libraryBase }, async () => {
      await expectFrames(machine, callers)
    })
    callers.push(machine.snapshot())
    await enter(machine, middle, async () => {
      await expectFrames(machine, callers)
    })
  })
})
