// Which memory a thread's stack is read from.
import { expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { stackOf } from '../../../shared/stackwalk/walked-dump.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'

const own = 0x7ffd_0000_0000n
const next = own + 0x100n

test.each([
  ['its first word', own, own],
  ['its last word', next - 8n, own],
  ['its end, where another region begins', next, next],
  ['another region', next + 0xf8n, next],
  ['no memory', next + 0x1000n, own],
])('a stack pointer at %s', (_, rsp, base) => {
  const dump = readMinidump(
    createSynthMinidump({
      system: { cpu: 'amd64', os: 'linux' },
      threads: [{ id: 1, stack: { base: own, bytes: new Uint8Array(0x100) }, registers: { rip: 1n, rsp } }],
      memory: [{ base: next, bytes: new Uint8Array(0x100) }],
    }),
  )
  const [thread] = dump.threads
  expect(stackOf(dump, thread!, thread!.context!)).toMatchObject({ base: Number(base) })
})
