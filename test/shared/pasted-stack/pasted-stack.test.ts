import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePastedStack } from '../../../shared/pasted-stack/pasted-stack.ts'
import { appleCrash, breakpadMachine, breakpadText, ipsReport } from '../../support/pasted-samples.ts'

/** One line for each frame: module, debug ID, offset, and the offset to look up if it differs. */
function framesOf(text: string): string[] {
  const { frames, modules } = parsePastedStack(text)
  return frames.map(({ module, offset, lookup }) => {
    const { name, debugId } = modules[module]!
    const id = debugId === null ? '' : ` ${debugId}`
    return `${name}${id} 0x${offset.toString(16)}${lookup === offset ? '' : ` - ${offset - lookup}`}`
  })
}

describe('single lines', () => {
  test.each([
    ['app + 0x1234', 'app 0x1234'],
    ['  3  libfoo.so.1 + 0xAB', 'libfoo.so.1 0xab'],
    ['#12 0x00007fffabcd1234 xul.dll+0x1234', 'xul.dll 0x1234'],
    ['frame #2: Electron Framework + 0x10', 'Electron Framework 0x10'],
    ['at C:\\Program Files\\App\\app.exe+0x77', 'app.exe 0x77'],
    ['/opt/my app/bin/app + 0x9', 'app 0x9'],
    ['#0 0x55d8f3c5a4d9 (/usr/lib/chromium/chromium+0x1234567)', 'chromium 0x1234567 - 1'],
    ['[1:2:0101/000000.000:ERROR] #1 0x5 (/opt/e/electron+0x10)', 'electron 0x10 - 1'],
    [
      '    #1 0x4c3e1a in f (/tmp/a.out+0x4c3e1a) (BuildId: 0123456789abcdef0123456789abcdef01234567)',
      'a.out 67452301AB89EFCD0123456789ABCDEF0 0x4c3e1a',
    ],
    ['    #0 0x4c3e1a  (/tmp/a.out+0x4c3e1a)', 'a.out 0x4c3e1a - 1'],
    ['      #00 pc 000000000004a1f4  /system/lib64/libc.so', 'libc.so 0x4a1f4'],
    [
      '  #01 pc 0x4a1f4  /data/app/lib/libx.so (f(int)+12) (BuildId: 0123456789abcdef0123456789abcdef)',
      'libx.so 67452301AB89EFCD0123456789ABCDEF0 0x4a1f4',
    ],
    ['/usr/lib/libfoo.so.1(+0x1234) [0x7f0011223344]', 'libfoo.so.1 0x1234 - 1'],
    ['C  [libjvm.so+0x1234]  JVM_Method+0x12', 'libjvm.so 0x1234'],
    [
      '    + 12 ???  (in Electron Framework)  load address 0x10f3c000 + 0x1a2b  [0x10f3da2b]',
      'Electron Framework 0x1a2b - 1',
    ],
    ['3   Electron Framework   0x0000000108c2a5e0 0x108c00000 + 173536', 'Electron Framework 0x2a5e0 - 1'],
    ['0   Electron Framework   0x0000000108c2a5e0 Electron Framework + 173536', 'Electron Framework 0x2a5e0'],
    ['0|3|app||||0x12', 'app 0x12'],
  ])('%s', (line, frame) => {
    expect(framesOf(`before\n${line}\nafter`)).toEqual([frame])
  })

  test.each([
    '',
    'Thread 0 crashed',
    'main + 12',
    'app!main + 0x12',
    'ntdll!RtlUserThreadStart+0x21',
    'libfoo.so(main+0x12) [0x55]',
    '0   Electron   0x0000000108c2a5e0 ElectronMain + 12',
    'rip = 0x0000000000401126 rsp = 0x1',
    'app + 0x1ffffffff',
    '0|3|app|main|main.c|3|0x12',
    'std::vector<int>::push_back + 0x10',
  ])('no frame: %s', (line) => {
    expect(framesOf(line)).toEqual([])
  })
})

describe('reports', () => {
  test("Apple's crash report takes offsets and IDs from its binary images", () => {
    expect(framesOf(appleCrash)).toEqual([
      'Electron Framework 4C4C448155553144A1AB8D2B4A2D5C3A0 0x2a5e0',
      'Electron Framework 4C4C448155553144A1AB8D2B4A2D5C3A0 0x2a600 - 1',
      'MyApp A0B0C0D0E0F0010203040506070809000 0xf6c - 1',
      'libsystem_kernel.dylib 00112233445566778899AABBCCDDEEFF0 0x2a5e',
    ])
  })

  test('an .ips report is shown as text, with its modules', () => {
    expect(framesOf(ipsReport)).toEqual([
      'Electron Framework 4C4C448155553144A1AB8D2B4A2D5C3A0 0x2a5e0',
      'libsystem_kernel.dylib 00112233445566778899AABBCCDDEEFF0 0x2a5e - 1',
      'MyApp A0B0C0D0E0F0010203040506070809000 0xf6c',
    ])
    const { lines } = parsePastedStack(ipsReport)
    expect(lines).toContain('Thread 1 Crashed:  main')
    expect(lines).toContain('1  libsystem_kernel.dylib         0x00007ff800002a5e abort + 12')
  })

  test("Breakpad's output takes IDs from its list of modules", () => {
    expect(framesOf(breakpadText)).toEqual([
      'app ABCDEF0123456789ABCDEF01234567890 0x1126',
      'libc.so.6 0x29d90',
    ])
    expect(framesOf(breakpadMachine)).toEqual([
      'app.exe ABCDEF0123456789ABCDEF01234567891 0x1126',
      'ntdll.dll 0x29d90',
    ])
    expect(parsePastedStack(breakpadMachine).modules[0]).toEqual({
      name: 'app.exe',
      debugFile: 'app.pdb',
      debugId: 'ABCDEF0123456789ABCDEF01234567891',
    })
  })

  test('lines are split at any line end', () => {
    expect(parsePastedStack('a + 0x1\r\nb\rc\n').lines).toEqual(['a + 0x1', 'b', 'c', ''])
  })
})

describe('hostile text', () => {
  test('is bounded in lines and frames', () => {
    const { lines, frames, truncated } = parsePastedStack('app + 0x1\n'.repeat(50_000))
    expect([lines.length, frames.length, truncated]).toEqual([20_000, 10_000, true])
  })

  test('takes time in proportion to its length', () => {
    const parts = ['( ', '+ 0x', '[a', ' <', 'a (', '0x1 - ', '#1 pc ', ' + 1', '(BuildId: ']
    for (const part of parts) {
      const started = performance.now()
      parsePastedStack(
        Array(2000)
          .fill(part.repeat(900 / part.length))
          .join('\n'),
      )
      expect([part, performance.now() - started < 20_000]).toEqual([part, true])
    }
  })

  const token = fc.constantFrom(
    '0x10',
    '+',
    ' + ',
    '(',
    ')',
    '[',
    ']',
    '<',
    '|',
    'app',
    '#1 ',
    'pc ',
    'Module|',
    ' - ',
    '{',
    '"usedImages":[',
    '\n',
    '0',
    '__proto__',
  )
  test.each([
    ['any text', fc.string({ maxLength: 300 })],
    ['tokens of crash reports', fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(''))],
    [
      'changed reports',
      fc
        .tuple(
          fc.constantFrom(appleCrash, ipsReport, breakpadText, breakpadMachine),
          fc.nat(),
          fc.string({ maxLength: 4 }),
        )
        .map(
          ([text, at, change]) =>
            text.slice(0, at % text.length) + change + text.slice((at % text.length) + 1),
        ),
    ],
    [
      'any JSON',
      fc
        .jsonValue()
        .map((value) => JSON.stringify({ usedImages: [value], threads: [value, { frames: [value] }] })),
    ],
  ])('%s gives frames of known modules', (_, text) => {
    fc.assert(
      fc.property(text, (pasted) => {
        const { lines, frames, modules } = parsePastedStack(pasted)
        for (const { line, module, offset, lookup } of frames) {
          expect(lines[line]).toBeTypeOf('string')
          expect(modules[module]).toBeDefined()
          expect(offset >= 0 && offset < 2 ** 32 && lookup >= 0 && lookup <= offset).toBe(true)
        }
      }),
      { numRuns: 500, seed: 5 },
    )
  })
})
