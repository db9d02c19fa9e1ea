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

  test.each<[string, KeyFrame[], string]>([
    ['a frame of the application', [frame('app', '0x10', 'context')], '6ffd56dd39a99ad0'],
    [
      'a frame of the system, and its caller',
      [frame('libc.so.6', '0x001', 'context'), frame('/opt/App', '0xAB', 'cfi')],
      '221310f1d7ebd4b9',
    ],
    [
      'code without a module, and its caller',
      [frame(null, '0x7f', 'context'), frame('other', '0x0', 'cfi')],
      'bafe606e0ef74eec',
    ],
    [
      'the system alone',
      [frame('libc.so.6', '0x1', 'context'), frame(null, '0x2', 'cfi')],
      'a9257c67102803a0',
    ],
    ['code without a module alone', [frame(null, '0x7f', 'context')], 'af63a04c86018698'],
    ['a frame without an offset', [{ module: 'app' }], 'd9c9224187936771'],
    [
      'the first caller that was not scanned',
      [
        frame('libc.so.6', '0x1', 'context'),
        frame('app', '0x2', 'scan'),
        frame('app', '0x3', 'prewalked_scan'),
        frame('app', '0x4', 'inline'),
        { module: 'app', module_offset: '0x5' },
        frame('app', '0x6', 'cfi'),
      ],
      'a90a68c6e1e4605d',
    ],
    [
      'the first caller where all were scanned',
      [
        frame('libc.so.6', '0x1', 'context'),
        frame('libc.so.6', '0x9', 'scan'),
        frame('app', '0x2', 'scan'),
        frame('app', '0x3', 'scan'),
      ],
      'a90a61c6e1e45478',
    ],
  ])('of %s never changes', (_, frames, key) => {
    expect(stackKey(frames, modules)).toBe(key)
  })

  test('has the code ID where there is no debug ID', () => {
    const key = (module: object) =>
      stackKey([frame('app', '0x10', 'context')], [{ filename: 'app', ...module }])
    expect(key({ debug_id: '000', code_id: 'AAAA0' })).toBe('6ffd56dd39a99ad0')
    expect(key({ debug_id: 'BBBB0', code_id: 'AAAA0' })).toBe('e0bd93a6b7c3537c')
    expect(key({ debug_id: '', code_id: null })).toBe('301f5841cd8c684d')
    expect(key({ filename: null, debug_id: 'BBBB0' })).toBe('301f5841cd8c684d')
  })

  test.each<[boolean, string[]]>([
    [
      false,
      [
        ...['ntdll.dll', 'C:\\Windows\\KernelBase.dll', 'ucrtbased.dll', 'wow64win.dll', 'msvcp140_1d.dll'],
        ...['vcruntime140.dll', '/lib/libc.so.6', 'libc-2.31.so', 'libpthread.so.0', 'libstdc++.so.6.0.30'],
        ...['ld-linux-x86-64.so.2', 'linux-gate.so.1', '[vdso]', 'linker64', 'libc++_shared.so'],
        ...['libsystem_kernel.dylib', 'libdispatch.dylib', 'libc++abi.dylib', 'libc++.1.dylib', 'dyld'],
      ],
    ],
    [
      true,
      [
        ...['app', 'App.exe', 'xntdll.dll', 'ntdll.dll.bak', 'libcx.so.6', 'libc.so.6x', 'ld.exe'],
        ...['myucrtbase.dll', 'msvcr.dll', 'libsystem.dylib'],
      ],
    ],
  ])('has modules of the application: %s for %j', (expected, names) => {
    expect(names.filter((name) => isApplication(frame(name, '0x1', 'context')) !== expected)).toEqual([])
  })

  test('is 16 hexadecimal digits, or null without frames', () => {
    expect(stackKey([frame('app', '0x10', 'context')], modules)).toMatch(/^[0-9a-f]{16}$/)
    expect(stackKey([], modules)).toBeNull()
  })
})
