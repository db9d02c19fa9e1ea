// The type of a thrown C++ object in the crash reason.
import { expect, test } from 'vitest'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { crashReason } from '../../../../shared/minidump/reasons/reason.ts'
import { createSynthMinidump } from '../../../support/synth-minidump.ts'

const base = 0x40_0000
const magic = 0x1993_0520

/** ThrowInfo at 0x10, its types at 0x20, the first type at 0x30, the type's descriptor at 0x40. */
function typeData(name: string, origin: number, pointerSize: number): Uint8Array {
  const bytes = new Uint8Array(0x100)
  const view = new DataView(bytes.buffer)
  view.setUint32(0x1c, origin + 0x20, true)
  view.setUint32(0x20, 1, true)
  view.setUint32(0x24, origin + 0x30, true)
  view.setUint32(0x34, origin + 0x40, true)
  bytes.set(new TextEncoder().encode(name), 0x40 + 2 * pointerSize)
  return bytes
}

function reasonOf(
  cpu: 'amd64' | 'x86',
  name: string,
  change: { parameters?: number[]; bytes?: Uint8Array } = {},
) {
  const wide = cpu === 'amd64'
  const bytes = change.bytes ?? typeData(name, wide ? 0 : base, wide ? 8 : 4)
  const parameters = change.parameters ?? [magic, 0x1234, base + 0x10, ...(wide ? [base] : [])]
  const exception = { threadId: 1, code: 0xe06d_7363, parameters }
  const dump = createSynthMinidump({ system: { os: 'windows', cpu }, exception, memory: [{ base, bytes }] })
  return crashReason(readMinidump(dump))!.reason
}

test.each([
  ['.?AVruntime_error@std@@', 'std::runtime_error'],
  ['.?AUerror@@', 'error'],
  ['.?AW4Fault@app@@', 'app::Fault'],
  ['.?AV?$holder@H@app@@', '.?AV?$holder@H@app@@'],
  ['.H', '.H'],
  ['.PEBD', '.PEBD'],
  ['rust_panic', 'rust_panic'],
])('%s is shown as %s', (name, shown) => {
  expect(reasonOf('amd64', name)).toBe(`Unhandled C++ Exception / ${shown}`)
  expect(reasonOf('x86', name)).toBe(`Unhandled C++ Exception / ${shown}`)
})

test.each([
  ['no parameters', { parameters: [] }],
  ['a rethrow', { parameters: [magic, 0, 0, 0] }],
  ['data outside the dump', { parameters: [magic, 0x1234, 0x99_0000, base] }],
  ['data of another form', { bytes: new Uint8Array(0x100).fill(0xff) }],
  ['an unprintable name', { bytes: typeData('a\u001b[2J', 0, 8) }],
  ['an unterminated name', { bytes: typeData('', 0, 8).fill(0x61, 0x50) }],
])('with %s the type is omitted', (_, change) => {
  expect(reasonOf('amd64', '.H', change)).toBe('Unhandled C++ Exception')
})
