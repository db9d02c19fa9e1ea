// Stacks of a Windows x64 program with symbols from its own files: exact at every instruction of prologues and epilogues.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { walkDumpThreads } from '../../../../shared/stackwalk/walked-dump.ts'
import { folderSource } from '../../../../shared/symbols/sources/folder.node.ts'
import {
  dumpOf,
  enter,
  exe,
  library,
  libraryBase,
  newMachine,
  pdb,
  places,
  programBase,
} from '../../../support/windows-program.ts'
import { calleeSaved, type MachineState, type X64Machine } from '../../../support/x64-machine.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayday-windows-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'build', 'system32'), { recursive: true })
writeFileSync(join(folder, 'build', 'tree-x64.exe'), exe)
writeFileSync(join(folder, 'build', 'tree-x64.pdb'), pdb)
writeFileSync(join(folder, 'build', 'system32', 'system.dll'), library)

const { outer, middle, split, machineFrameFree } = places

async function walk(machine: X64Machine) {
  const walked = await walkDumpThreads(readMinidump(dumpOf(machine)), { symbols: folderSource(folder) })
  return walked.threads[0]!
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
      expect(BigInt(value(i + 1, name) ?? 0), `${name} of frame ${i + 1} ${where}`).toBe(expected)
    }
  }
  return walked.frames.map(({ symbol }) => symbol?.function ?? null)
}

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

  test.each([
    [
      'before a return',
      { start: 0x1060, callAt: 0x108b },
      { from: 0x109e, to: 0x10a4, saved: ['rsi', 'rdi'] },
    ],
    [
      'before a jump to a function',
      { start: 0x1060, callAt: 0x108b },
      { from: 0x10a7, to: 0x10ad, saved: ['rsi'] },
    ],
    ['of a chained part', { start: 0x1000, callAt: 0x1019 }, { from: 0x1029, to: 0x102e, saved: ['rbx'] }],
    [
      'of five registers',
      { start: 0x1240, callAt: 0x124a },
      { from: 0x12aa, to: 0x12b4, saved: ['rbx', 'rbp', 'rdi', 'rsi', 'r14'] },
    ],
  ])('is walked exactly from every instruction of an epilogue %s', async (_, place, { from, to, saved }) => {
    const machine = newMachine()
    await enter(machine, outer)
    const callers = [machine.snapshot()]
    await enter(machine, place)
    for (const name of saved) machine.registers[name] = 0xdead_0000_0000n
    machine.registers.rip = programBase + BigInt(from)
    for (;;) {
      await expectFrames(machine, callers)
      if (machine.registers.rip === programBase + BigInt(to)) return
      machine.step()
    }
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
