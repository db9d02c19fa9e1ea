import { describe, expect, test } from 'vitest'
import { isApplication, type KeyFrame, stackKey } from '../../../shared/signature/stack-key.ts'

const modules = [
  { filename: 'app', debug_id: 'AAAA0' },
  { filename: 'libfoo.so', debug_id: 'BBBB0' },
  { filename: 'libc.so.6', debug_id: 'CCCC0' },
]
const frame = (module: string | null, offset: string, trust: string): KeyFrame => ({
  module,
  module_offset: offset,
  trust,
})

describe('stackKey', () => {
  test('is the same with and without symbols, in the application', () => {
    const walked = [
      frame('app', '0x10', 'context'),
      { ...frame('app', '0x10', 'inline') },
      frame('app', '0x20', 'cfi'),
      frame('libc.so.6', '0x30', 'cfi'),
    ]
    const scanned = [
      frame('app', '0x0010', 'context'),
      frame('libfoo.so', '0x99', 'scan'),
      frame('app', '0x77', 'scan'),
    ]
    expect(stackKey(walked, modules)).toBe(stackKey(scanned, modules))
  })

  test('is the same with and without symbols, below a function of the system', () => {
    const walked = [
      frame('libc.so.6', '0x1', 'context'),
      frame('libc.so.6', '0x2', 'cfi'),
      frame('app', '0x20', 'cfi'),
      frame('app', '0x30', 'cfi'),
    ]
    const scanned = [
      frame('libc.so.6', '0x1', 'context'),
      frame('app', '0x20', 'scan'),
      frame('app', '0x99', 'scan'),
    ]
    const mixed = [
      frame('libc.so.6', '0x1', 'context'),
      frame('libfoo.so', '0x5', 'scan'),
      frame('app', '0x20', 'frame_pointer'),
    ]
    expect(new Set([walked, scanned, mixed].map((frames) => stackKey(frames, modules))).size).toBe(1)
  })

  test('does not depend on the addresses of code without a module', () => {
    const at = (offset: string) => [frame(null, offset, 'context'), frame('app', '0x20', 'cfi')]
    expect(stackKey(at('0x7f001'), modules)).toBe(stackKey(at('0x7f992'), modules))
  })

  test.each<[string, KeyFrame[], KeyFrame[]]>([
    ['offset', [frame('app', '0x10', 'context')], [frame('app', '0x11', 'context')]],
    ['module', [frame('app', '0x10', 'context')], [frame('libfoo.so', '0x10', 'context')]],
    [
      'caller of the system',
      [frame('libc.so.6', '0x1', 'context'), frame('app', '0x20', 'cfi')],
      [frame('libc.so.6', '0x1', 'context'), frame('app', '0x21', 'cfi')],
    ],
  ])('distinguishes by %s', (_, a, b) => {
    expect(stackKey(a, modules)).not.toBe(stackKey(b, modules))
  })

  test('distinguishes builds by debug ID, and uses names without one', () => {
    const frames = [frame('C:\\app\\App.EXE', '0x10', 'context')]
    const key = (debug_id: string | null) => stackKey(frames, [{ filename: 'app.exe', debug_id }])
    expect(key('1')).not.toBe(key('2'))
    expect(key(null)).toBe(key('0000'))
    expect(stackKey(frames)).toBe(key(null))
  })

  test('treats a module with an endless name as not part of the system', () => {
    const name = `ld-linux${'-1'.repeat(500_000)}`
    expect(isApplication(frame(name, '0x1', 'context'))).toBe(true)
    expect(isApplication(frame('/usr/lib/ld-linux-x86-64.so.2', '0x1', 'context'))).toBe(false)
  })

  test('is 16 hexadecimal digits, or null without frames', () => {
    expect(stackKey([frame('app', '0x10', 'context')], modules)).toMatch(/^[0-9a-f]{16}$/)
    expect(stackKey([], modules)).toBeNull()
  })
})
