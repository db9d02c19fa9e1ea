// Reports for the benchmark of processing: 20 threads with frame-pointer chains, 90 modules, about 125 kB of dump.
import type { Storage } from '../../shared/storage/storage.ts'
import { storeReport } from '../support/stored-reports.ts'
import { createSynthMinidump, type SynthThread } from '../support/synth-minidump.ts'

const moduleCount = 90
const threadCount = 20
const stackBytes = 3700
const framesPerThread = 24
const moduleBase = (i: number) => 0x7f00_0000_0000n + BigInt(i) * 0x100_0000n

/** An id that tells modules of different builds apart. */
function debugId(i: number, build: number): Uint8Array {
  const bytes = new Uint8Array(20)
  new DataView(bytes.buffer).setUint32(0, i * 2654435761)
  new DataView(bytes.buffer).setUint32(4, build)
  return bytes
}

/** A thread whose frames are linked by frame pointers and return into the modules. */
function threadOf(index: number, variant: number): SynthThread {
  const base = 0x7fff_0000_0000n + BigInt(index) * 0x10_0000n
  const stack = new Uint8Array(stackBytes)
  const view = new DataView(stack.buffer)
  const step = Math.floor(stackBytes / (framesPerThread + 2) / 16) * 16
  const codeAt = (depth: number) =>
    moduleBase((index * 7 + depth * 3 + variant) % moduleCount) + BigInt(0x1000 + depth * 0x240 + index * 16)
  for (let depth = 0; depth < framesPerThread; depth++) {
    const at = step * (depth + 1)
    view.setBigUint64(at, depth + 1 < framesPerThread ? base + BigInt(at + step) : 0n, true)
    view.setBigUint64(at + 8, codeAt(depth + 1), true)
  }
  return {
    id: 1000 + index,
    stack: { base, bytes: stack },
    registers: { rip: codeAt(0), rsp: base, rbp: base + BigInt(step) },
  }
}

/** A dump; `variant` changes which modules the stacks run through. */
export function benchDump(variant: number): Uint8Array {
  const threads = Array.from({ length: threadCount }, (_, i) => threadOf(i, variant))
  return createSynthMinidump({
    system: { cpu: 'amd64', os: 'linux', csd: 'Linux 6.1.0 #1 SMP x86_64', cpuCount: 8 },
    threads,
    threadNames: threads.map(({ id }, i) => [id, `Worker ${i}`] as const),
    modules: Array.from({ length: moduleCount }, (_, i) => ({
      base: moduleBase(i),
      size: 0x80_0000,
      name: `/usr/lib/x86_64-linux-gnu/libcomponent-${i}.so.${i % 7}`,
      codeView: (a) => void a.u32(0x4270454c).bytes(debugId(i, variant % 5)),
    })),
    exception: { threadId: 1000, code: 11, flags: 1, address: 0x10n },
    misc: { version: 2, processId: 4242, createTime: 1_790_000_000 },
  })
}

/** Stores `count` reports, no two alike, all of one day. */
export async function storeBenchReports(crashes: Storage, count: number): Promise<{ dumpBytes: number }> {
  const dumps = Array.from({ length: 16 }, (_, variant) => benchDump(variant))
  for (let n = 0; n < count; n++) {
    await storeReport(crashes, {
      annotations: {
        ProductName: ['Heron', 'Quill', 'Ledger'][n % 3],
        Version: `${100 + (n % 9)}.0`,
        ReleaseChannel: n % 4 ? 'release' : 'beta',
        BuildID: `202610${10 + (n % 12)}120000`,
        CrashTime: String(1_792_000_000 + n),
        StartupTime: String(1_791_999_000 + (n % 900)),
        InstallTime: String(1_780_000_000 + (n % 500)),
        Notes: 'adapter 0x8086, driver 31.0.101.4502; WebRender; '.repeat(8),
        report: String(n),
      },
      dumps: [{ name: 'upload_file_minidump', bytes: dumps[n % dumps.length]! }],
    })
  }
  return { dumpBytes: dumps[0]!.length }
}
