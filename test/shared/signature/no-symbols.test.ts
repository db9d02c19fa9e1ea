import { describe, expect, test } from 'vitest'
import type { Compat } from '../../../shared/signature/lists.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'

const key = '00112233445566ff'

/** `[m]` is a module without symbols, all others are functions. */
function sign(
  os: string,
  stack: string,
  { compat = 'mayday', stack_key = key }: { compat?: Compat; stack_key?: string | null } = {},
) {
  const frames = stack
    .split(' < ')
    .map((text) =>
      text.startsWith('[') ? { module: text.slice(1, -1), module_offset: '0x10' } : { function: text },
    )
  return generateSignature({ os, stack_key, threads: [{ frames }] }, { compat, presets: [] }).signature
}

describe('the signature of a module without symbols', () => {
  test.each<[what: string, os: string, stack: string, signature: string]>([
    ['a program', 'Linux', '[app] < [app] < __libc_start_main', 'app@00112233'],
    ['a program that aborted', 'Linux', '[libc.so.6] < [libc.so.6] < [app]', 'app@00112233'],
    ['a program that aborted, C library with symbols', 'Linux', 'raise < abort < [app]', 'app@00112233'],
    ['the caller of a routine', 'Linux', '__memmove_avx_unaligned_erms < [app]', 'memcpy | app@00112233'],
    ['a program for Windows', 'Windows NT', '[App.exe] < BaseThreadInitThunk', 'app.exe@00112233'],
    [
      'a library below which nothing has a name',
      'Android',
      '[libgame.so] < [libmain.so]',
      'libgame.so@00112233',
    ],
    [
      'a library called by a toolkit',
      'Linux',
      '[libplugin.so] < QMetaObject::activate(QObject*) < main',
      'libplugin.so@00112233',
    ],
    [
      'a driver called by the program',
      'Windows NT',
      '[nvwgf2umx.dll] < app::draw()',
      'nvwgf2umx.dll | app::draw',
    ],
    ['only the system', 'Windows NT', '[ntdll.dll] < [kernel32.dll]', 'ntdll.dll@00112233'],
  ])('%s', (_, os, stack, signature) => {
    expect(sign(os, stack)).toBe(signature)
  })

  test('is the name alone without a stack key, and for Socorro', () => {
    expect(sign('Linux', '[app]', { stack_key: null })).toBe('app')
    expect(sign('Linux', '[app]', { stack_key: 'not a key' })).toBe('app')
    expect(sign('Linux', '[app]', { compat: 'socorro' })).toBe('app')
  })

  test('becomes the function when symbols arrive', () => {
    expect(sign('Linux', 'app::parse(int) < main')).toBe('app::parse')
  })

  test('is explained', () => {
    const frames = [{ module: 'app', module_offset: '0x10' }]
    const data = { stack_key: key, threads: [{ frames }] }
    const { steps } = generateSignature(data, { compat: 'mayday', explain: true })
    expect(steps.map(({ what }) => what)).toContain('app has no symbols: the location is added')
  })
})
