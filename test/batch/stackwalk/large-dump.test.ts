// Dumps over 2 GiB, as sparse files: walked like small ones, with little memory.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readDumpFile } from '../../../batch/stackwalk/dump-file.ts'
import { createFileWalker } from '../../../batch/stackwalk/file.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { createSynthMinidump, type SynthDump } from '../../support/synth-minidump.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-large-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const gib = 2 ** 30

const stackBase = 0x7fff_0000_0000n
/** Return addresses in the module, one per 64 bytes, over 64 KiB. */
const stack = new Uint8Array(65_536)
for (let at = 0; at < stack.length; at += 64)
  new DataView(stack.buffer).setBigUint64(at, BigInt(0x40_0100 + at), true)
const code = new Uint8Array(4096).fill(0x90)

const dump: SynthDump = {
  system: { cpu: 'amd64', os: 'linux' },
  modules: [{ base: 0x40_0000, size: 0x10_0000, name: '/bin/app' }],
  threads: [
    { id: 1, stackStart: stackBase, registers: { rip: 0x40_0200, rsp: stackBase + 256n, rbp: 0 } },
    { id: 2, stackStart: stackBase, registers: { rip: 0x40_0300, rsp: stackBase + 32_768n, rbp: 0 } },
  ],
  exception: {
    threadId: 1,
    code: 11,
    address: 0x10,
    registers: { rip: 0x40_0200, rsp: stackBase + 256n, rbp: 0 },
  },
}

interface Region {
  base: bigint
  size: number
  bytes?: Uint8Array
}

/** Writes the dump with regions of memory; those without bytes are holes of the file. */
function writeSparse(name: string, regions: readonly Region[], cut = 0): string {
  const withList = (start: number) =>
    createSynthMinidump({
      ...dump,
      raw: [
        {
          type: 9,
          write(a) {
            a.u64(regions.length, start)
            for (const { base, size } of regions) a.u64(base, size)
          },
        },
      ],
    })
  const { length } = withList(0)
  const path = join(dir, name)
  const fd = openSync(path, 'w')
  writeSync(fd, withList(length))
  let at = length
  for (const { bytes, size } of regions) {
    if (bytes) writeSync(fd, bytes, 0, bytes.length, at)
    at += size
  }
  ftruncateSync(fd, at - cut)
  closeSync(fd)
  return path
}

const regions: readonly Region[] = [
  { base: 0x1000_0000n, size: gib },
  { base: stackBase, size: stack.length, bytes: stack },
  { base: 0x40_0000n, size: code.length, bytes: code },
  { base: 0x2_0000_0000n, size: 1.5 * gib },
]
const settings = {
  symbols: [],
  cacheFolder: null,
  memoryBytes: 1 << 20,
  format: 'json',
  maxFrames: 1024,
} as const

test('a dump of 2.5 GiB is walked like a small one with the same stacks', async () => {
  const path = writeSparse('large.dmp', regions)
  expect(statSync(path).size).toBeGreaterThan(2.5 * gib)
  const memory64 = regions.flatMap(({ base, bytes }) => (bytes ? [{ base, bytes }] : []))
  const expected = await walkDump(createSynthMinidump({ ...dump, memory64 }))
  expect(expected.threads.map(({ frame_count }) => frame_count)).toEqual([
    expect.any(Number),
    expect.any(Number),
  ])
  expect(expected.threads[0]!.frame_count).toBeGreaterThan(100)
  const walked = await createFileWalker(settings)(path)
  expect('text' in walked && JSON.parse(walked.text)).toEqual(JSON.parse(JSON.stringify(expected)))
})

test('only what a walk reads is loaded', async () => {
  const whole = writeSparse('one-region.dmp', [{ base: stackBase - BigInt(gib), size: 2.5 * gib }])
  expect((await readDumpFile(whole)).length).toBeLessThan(16 * 2 ** 20)
})

test('a large dump that is cut off keeps the memory before the cut', async () => {
  const path = writeSparse('cut.dmp', regions, gib / 4)
  const walked = await createFileWalker(settings)(path)
  expect('text' in walked && JSON.parse(walked.text).threads[0].frame_count).toBeGreaterThan(100)
})

test('a file over 2 GiB that is not such a dump is reported', async () => {
  const path = join(dir, 'zeros')
  const fd = openSync(path, 'w')
  ftruncateSync(fd, 3 * gib)
  closeSync(fd)
  await expect(readDumpFile(path)).rejects.toThrow('the dump cannot be read (HeaderMismatch')
})
