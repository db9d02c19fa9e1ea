// The stack key of synthetic dumps: which frame counts as the application's, and that nothing else changes it.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { stackKey } from '../../../shared/signature/stack-key.ts'
import { crashSiteKey } from '../../../shared/stackwalk/crash-site.ts'
import { walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { createSynthMinidump, elfBuildId } from '../../support/synth-minidump.ts'

const app = 0x40_0000n
const libc = 0x7f00_0000_0000n
const stack = 0x7ffd_0000_0000n
const modules = [
  { base: app, size: 0x8000, name: '/opt/app', codeView: elfBuildId(Array(20).fill(7)) },
  { base: libc, size: 0x8000, name: '/lib/libc.so.6', codeView: elfBuildId(Array(20).fill(9)) },
]
const maps = `00400000-00404000 r-xp 00000000 08:01 1 /opt/app
00404000-00408000 rw-p 00004000 08:01 1 /opt/app
7f0000000000-7f0000008000 r-xp 00000000 08:01 2 /lib/libc.so.6
`

/** A stack with a return address into the application, and frame pointers that start at the caller of that code. */
const chain = [app + 0x2001n, 0n, stack + 0x40n, app + 0x3001n, 0n, 0n, 0n, 0n, stack + 0x80n, app + 0x3101n]

interface Given {
  words?: readonly bigint[]
  rip: bigint
  rbp?: bigint
  maps?: string
}

async function keyOf({ words = [], rip, rbp = 0n, maps: text = maps }: Given): Promise<string | null> {
  const bytes = new Uint8Array(0x8000)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of words.entries()) view.setBigUint64(i * 8, word, true)
  const dump = createSynthMinidump({
    system: { cpu: 'amd64', os: 'linux' },
    modules,
    threads: [{ id: 1, stack: { base: stack, bytes }, registers: { rip, rsp: stack, rbp } }],
    exception: { threadId: 1, code: 11, registers: { rip, rsp: stack, rbp } },
    linux: { maps: text },
  })
  return crashSiteKey(await walkDumpThreads(readMinidump(dump)))
}

/** The key of locations given as module and offset. */
function keyAt(...places: readonly (readonly [module: string | null, offset: bigint])[]): string {
  const ids = readMinidump(
    createSynthMinidump({ system: { cpu: 'amd64', os: 'linux' }, modules, threads: [] }),
  )
  return stackKey(
    places.map(([module, offset]) => ({ module, module_offset: `0x${offset.toString(16)}`, trust: 'cfi' })),
    ids.modules.list.map((module) => ({ filename: module.codeFile, debug_id: module.debugId })),
  )!
}

describe('crashSiteKey', () => {
  test('in the application, only that location counts', async () => {
    const key = keyAt(['app', 0x1234n])
    expect(await keyOf({ rip: app + 0x1234n })).toBe(key)
    expect(await keyOf({ rip: app + 0x1234n, words: [libc + 8n, app + 0x99n] })).toBe(key)
    expect(await keyOf({ rip: app + 0x1235n })).not.toBe(key)
  })

  test('in a library, the first return address into code of the application counts too', async () => {
    const words = [0n, 5n, libc + 0x100n, app + 0x5000n, app + 0x2001n, app + 0x3001n]
    const key = keyAt(['libc.so.6', 0x40n], ['app', 0x2000n])
    expect(await keyOf({ rip: libc + 0x40n, words })).toBe(key)
    // Without a list of mappings constants cannot be distinguished from code.
    expect(await keyOf({ rip: libc + 0x40n, words, maps: '' })).toBe(
      keyAt(['libc.so.6', 0x40n], ['app', 0x4fffn]),
    )
  })

  test('a chain of frame pointers is preferred to the words of the stack', async () => {
    expect(await keyOf({ rip: libc + 0x40n, rbp: stack + 0x10n, words: chain })).toBe(
      keyAt(['libc.so.6', 0x40n], ['app', 0x3000n]),
    )
  })

  test('after a jump to an invalid address, the location it came from counts', async () => {
    const key = keyAt([null, 0n], ['app', 0x2000n])
    expect(await keyOf({ rip: 0x1234_5678n, words: [app + 0x2001n, app + 0x3001n] })).toBe(key)
    expect(await keyOf({ rip: 0x9999_9999n, words: [app + 0x2001n] })).toBe(key)
    // Also where the chain of frame pointers starts at the caller of that code.
    expect(await keyOf({ rip: 0x1234_5678n, rbp: stack + 0x10n, words: chain })).toBe(key)
  })

  test('without a caller in the application only the library counts; without registers there is no key', async () => {
    expect(await keyOf({ rip: libc + 0x40n, words: [0n, 1n] })).toBe(keyAt(['libc.so.6', 0x40n]))
    const dump = createSynthMinidump({ system: { cpu: 'amd64', os: 'linux' }, threads: [] })
    expect(crashSiteKey(await walkDumpThreads(readMinidump(dump)))).toBeNull()
  })

  test('16 KiB of the stack are searched', async () => {
    const words = (before: number) => [...Array<bigint>(before).fill(0n), app + 0x2001n]
    const found = keyAt(['libc.so.6', 0x40n], ['app', 0x2000n])
    expect(await keyOf({ rip: libc + 0x40n, words: words(2047) })).toBe(found)
    expect(await keyOf({ rip: libc + 0x40n, words: words(2048) })).toBe(keyAt(['libc.so.6', 0x40n]))
  })

  test('32 frames are followed, then words of the stack are searched', async () => {
    /** Frames of the library that call each other, the last called by the application; before them another caller. */
    const words = (library: number) => [
      app + 0x3001n,
      0n,
      ...Array.from({ length: library }, (_, i) => [
        stack + 0x10n * BigInt(i + 2),
        i === library - 1 ? app + 0x2001n : libc + 0x101n,
      ]).flat(),
    ]
    const keyAfter = (library: number) =>
      keyOf({ rip: libc + 0x40n, rbp: stack + 0x10n, words: words(library) })
    expect(await keyAfter(31)).toBe(keyAt(['libc.so.6', 0x40n], ['app', 0x2000n]))
    expect(await keyAfter(32)).toBe(keyAt(['libc.so.6', 0x40n], ['app', 0x3000n]))
  })
})
