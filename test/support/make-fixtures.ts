// Writes test/fixtures/synthetic and its symbols: crashes on systems without a real dump in the repository.
// `node test/support/make-fixtures.ts`; the result is always the same, and a test compares.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { SynthRegisters } from './synth-context.ts'
import { createSynthMinidump, pdb70, type SynthDump, type SynthModule } from './synth-minidump.ts'

/** Functions of the imaginary program: name, file, line of each call; offset from its module, size. */
const functions = [
  { offset: 0x1000, size: 0x80, name: 'ledger::Report::total() const', file: 'report.cpp', line: 41 },
  { offset: 0x1080, size: 0x100, name: 'ledger::ReportView::refresh()', file: 'report_view.cpp', line: 118 },
  { offset: 0x1180, size: 0x80, name: 'ledger::Window::onCommand(int)', file: 'window.cpp', line: 77 },
  { offset: 0x1200, size: 0x200, name: 'ledger::Application::run()', file: 'application.cpp', line: 203 },
  { offset: 0x1400, size: 0x60, name: 'main', file: 'main.cpp', line: 12 },
  { offset: 0x1460, size: 0x90, name: 'ledger::parseAmount(char const*)', file: 'amount.cpp', line: 23 },
] as const

const addressIn = (base: bigint, index: number) => base + BigInt(functions[index]!.offset + 0x20)

/** A stack with frame pointers, `width` bytes per word: each frame holds the caller's frame pointer and return address. */
function framedStack(base: bigint, returns: readonly bigint[], width: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(0x400)
  const view = new DataView(bytes.buffer)
  const put = (at: number, value: bigint) =>
    width === 8 ? view.setBigUint64(at, value, true) : view.setUint32(at, Number(value), true)
  returns.forEach((to, i) => {
    const at = 0x40 * (i + 1)
    put(at, i + 1 < returns.length ? base + BigInt(at + 0x40) : 0n)
    put(at + width, to)
  })
  return bytes
}

const guid = [0x1edce7a1, 0x0c0f, 0x4a11, [0x8e, 0x5d, 0x21, 0x10, 0xaa, 0x4b, 0x6c, 0x01]] as const
const guidText = '1EDCE7A10C0F4A118E5D2110AA4B6C01'
const otherGuid = [0x77aa0b31, 0x5512, 0x4e0e, [0x9b, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07]] as const

interface Case {
  name: string
  dump: SynthDump
  /** Of the main module: debug file, its age in hex, `os cpu` of the symbol file. */
  symbols: { debugFile: string; age: string; target: string }
}

const windowsModules = (base: bigint, age: number): SynthModule[] => [
  {
    base,
    size: 0x8000,
    name: 'C:\\Program Files\\Ledger\\ledger.exe',
    timestamp: 0x66f1a2b3,
    codeView: pdb70(guid, age, 'ledger.pdb'),
    version: [0x00020009, 0x00010000, 0x00020009, 0x00010000],
  },
  {
    base: base + 0x10_0000n,
    size: 0x4000,
    name: 'C:\\Windows\\System32\\kernel32.dll',
    timestamp: 0x5b1d0c2e,
    codeView: pdb70(otherGuid, 1, 'kernel32.pdb'),
    version: [0x000a0000, 0x585d0000, 0x000a0000, 0x585d0000],
  },
]

const macModules = (base: bigint, age: number): SynthModule[] => [
  {
    base,
    size: 0x8000,
    name: '/Applications/Ledger.app/Contents/MacOS/Ledger',
    codeView: pdb70(guid, age, 'Ledger'),
  },
  {
    base: base + 0x10_0000n,
    size: 0x4000,
    name: '/usr/lib/system/libdyld.dylib',
    codeView: pdb70(otherGuid, 0, 'libdyld.dylib'),
  },
]

/** One thread that crashed at functions[0] or in parseAmount, under the window's call chain. */
function thread(base: bigint, top: number, chain: readonly number[], width: 4 | 8) {
  const stackBase = width === 8 ? 0x7f_0000_0000n : 0x12_0000n
  const returns = [...chain.map((index) => addressIn(base, index)), base + 0x10_0000n + 0x1234n]
  return {
    pc: addressIn(base, top),
    sp: stackBase,
    fp: stackBase + 0x40n,
    stack: { base: stackBase, bytes: framedStack(stackBase, returns, width) },
  }
}

const time = 1_792_500_000
const windows64 = 0x7ff6_1000_0000n
const windows32 = 0x40_0000n
const mac = 0x1_0200_0000n

function listCases(): Case[] {
  const w64 = thread(windows64, 0, [1, 2, 3, 4], 8)
  const w64Registers: SynthRegisters = { rip: w64.pc, rsp: w64.sp, rbp: w64.fp, rcx: 0 }
  const w32 = thread(windows32, 5, [1, 2, 3, 4], 4)
  const w32Registers: SynthRegisters = { eip: w32.pc, esp: w32.sp, ebp: w32.fp }
  const arm = thread(mac, 0, [1, 2, 3, 4], 8)
  const armRegisters: SynthRegisters = { pc: arm.pc, sp: arm.sp, fp: arm.fp, lr: addressIn(mac, 1) }
  const m64 = thread(mac, 5, [1, 2, 3, 4], 8)
  const m64Registers: SynthRegisters = { rip: m64.pc, rsp: m64.sp, rbp: m64.fp }
  const misc = { processId: 4712, createTime: time - 1800, userTime: 12, kernelTime: 3 }
  return [
    {
      name: 'windows-amd64-null-read',
      symbols: { debugFile: 'ledger.pdb', age: '3', target: 'windows x86_64' },
      dump: {
        time,
        misc,
        system: { cpu: 'amd64', os: 'windows', major: 10, minor: 0, build: 22631, cpuCount: 8 },
        threads: [{ id: 101, stack: w64.stack, registers: w64Registers }],
        threadNames: [[101, 'Main']],
        modules: windowsModules(windows64, 3),
        exception: {
          threadId: 101,
          code: 0xc0000005,
          address: w64.pc,
          parameters: [0, 0x18],
          registers: w64Registers,
        },
      },
    },
    {
      name: 'windows-x86-cpp-exception',
      symbols: { debugFile: 'ledger.pdb', age: '4', target: 'windows x86' },
      dump: {
        time,
        misc,
        system: { cpu: 'x86', os: 'windows', major: 10, minor: 0, build: 19045, cpuCount: 4 },
        threads: [{ id: 202, stack: w32.stack, registers: w32Registers }],
        modules: windowsModules(windows32, 4),
        exception: {
          threadId: 202,
          code: 0xe06d7363,
          address: w32.pc,
          parameters: [0x19930520, 0x12fe00, 0x403000],
          registers: w32Registers,
        },
      },
    },
    {
      name: 'macos-arm64-bad-access',
      symbols: { debugFile: 'Ledger', age: '1', target: 'mac arm64' },
      dump: {
        time,
        misc,
        system: { cpu: 'arm64', os: 'mac', major: 15, minor: 1, build: 0, csd: '24B83', cpuCount: 10 },
        threads: [{ id: 303, stack: arm.stack, registers: armRegisters }],
        threadNames: [[303, 'com.apple.main-thread']],
        modules: macModules(mac, 1),
        exception: {
          threadId: 303,
          code: 1,
          flags: 1,
          address: 0x18,
          parameters: [1, 0x18],
          registers: armRegisters,
        },
      },
    },
    {
      name: 'macos-amd64-breakpoint',
      symbols: { debugFile: 'Ledger', age: '0', target: 'mac x86_64' },
      dump: {
        time,
        misc,
        system: { cpu: 'amd64', os: 'mac', major: 13, minor: 6, build: 0, csd: '22G120', cpuCount: 4 },
        threads: [{ id: 404, stack: m64.stack, registers: m64Registers }],
        modules: macModules(mac, 0),
        exception: {
          threadId: 404,
          code: 6,
          flags: 2,
          address: m64.pc,
          parameters: [2, 0],
          registers: m64Registers,
        },
      },
    },
  ]
}

/** A Breakpad symbol file of `functions`. */
function symbolText(debugFile: string, age: string, target: string): string {
  const files = functions.map(({ file }, i) => `FILE ${i} /src/ledger/${file}`)
  const records = functions.flatMap(({ offset, size, name, line }, i) => [
    `FUNC ${offset.toString(16)} ${size.toString(16)} 0 ${name}`,
    `${offset.toString(16)} ${size.toString(16)} ${line} ${i}`,
  ])
  return `${[`MODULE ${target} ${guidText}${age} ${debugFile}`, ...files, ...records].join('\n')}\n`
}

/** Every generated fixture by its path under test/fixtures. */
export function makeFixtures(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const { name, dump, symbols } of listCases()) {
    files.set(`synthetic/${name}.dmp`, createSynthMinidump(dump))
    const { debugFile, age, target } = symbols
    const symFile = `${debugFile.replace(/\.pdb$/, '')}.sym.gz`
    const text = symbolText(debugFile, age, target)
    files.set(`symbols/${debugFile}/${guidText}${age}/${symFile}`, gzipSync(text, { level: 9 }))
  }
  return files
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [path, bytes] of makeFixtures()) {
    const file = join(resolve(import.meta.dirname, '../fixtures'), path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}
