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

describe('limits', () => {
  const lines = (count: number, line = 'text') => Array(count).fill(line).join('\n')
  test.each([
    ['20,000 lines', lines(20_000), 20_000, 0, false],
    ['20,001 lines', lines(20_001), 20_000, 0, true],
    ['10,000 frames', lines(10_000, 'app + 0x1'), 10_000, 10_000, false],
    ['10,001 frames', lines(10_001, 'app + 0x1'), 10_001, 10_000, true],
    ['a line of 1000 characters', 'app + 0x1'.padStart(1000), 1, 1, false],
    ['a line of 1001 characters', 'app + 0x1'.padStart(1001), 1, 0, false],
  ])('%s', (_, text, lineCount, frameCount, isTruncated) => {
    const { lines, frames, truncated } = parsePastedStack(text)
    expect([lines.length, frames.length, truncated]).toEqual([lineCount, frameCount, isTruncated])
  })

  test('5000 modules have an ID', () => {
    const records = Array.from({ length: 5001 }, (_, i) => `Module|m${i}||m${i}.pdb|A|0x0|0x0|`)
    expect(framesOf([...records, 'm4999 + 0x1', 'm5000 + 0x1'].join('\n'))).toEqual([
      'm4999 A 0x1',
      'm5000 0x1',
    ])
  })

  test.each([
    ['app + 0x0', ['app 0x0']],
    ['app + 0xffffffff', ['app 0xffffffff']],
    ['app + 0x100000000', []],
    ['/lib/a.so(+0x0) [0x7f]', ['a.so 0x0']],
    ['/lib/a.so(+0x1) [0x7f]', ['a.so 0x1 - 1']],
  ])('%s', (line, frames) => {
    expect(framesOf(line)).toEqual(frames)
  })
})

describe('an address', () => {
  const images = [
    'Module|second||||0x2000|0x2fff|',
    'Module|first||||0x1000|0x1fff|',
    '0x3000 - ??? open (1) <00112233-4455-6677-8899-AABBCCDDEEFF>',
    'Module|unplaced||||||',
  ]
  test.each([
    ['0xfff', 'other 0x5'],
    ['0x1000', 'first 0x0'],
    ['0x1fff', 'first 0xfff'],
    ['0x2000', 'second 0x0'],
    ['0x2fff', 'second 0xfff'],
    ['0x3000', 'open 00112233445566778899AABBCCDDEEFF0 0x0'],
    ['0xffff', 'open 00112233445566778899AABBCCDDEEFF0 0xcfff'],
  ])('%s is in the module that covers it', (address, frame) => {
    expect(framesOf([...images, `#1 ${address} other+0x5`].join('\n'))).toEqual([frame])
  })

  test('below the module that the line names does not give an offset', () => {
    expect(framesOf([...images, '#1 0xfff first+0x5'].join('\n'))).toEqual([])
    expect(framesOf([...images, 'unplaced + 0x5'].join('\n'))).toEqual(['unplaced 0x5'])
  })
})

test('frames of the same module, and ID, share it', () => {
  const id = (digit: string) => `(BuildId: ${digit.repeat(32)})`
  const frame = (digit: string) => `#1 pc 0x1 /a.so (f+1) ${id(digit)}`
  const { frames, modules } = parsePastedStack(
    [frame('a'), frame('b'), frame('a'), 'a.so + 0x1', 'b + 0x1'].join('\n'),
  )
  expect(frames.map(({ module }) => module)).toEqual([0, 1, 0, 2, 3])
  expect(modules.map(({ name }) => name)).toEqual(['a.so', 'a.so', 'a.so', 'b'])
})

describe('hostile text', () => {
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
