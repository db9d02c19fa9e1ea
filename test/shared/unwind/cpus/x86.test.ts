// Walks of 32-bit x86 stacks, word by word.
import { describe, expect, test } from 'vitest'
import { addressOf, type Scene, walkScene } from '../walking.ts'

const modules = (m1?: string, m2?: string) => [
  { base: 0x4000_0000n, symbols: m1 ?? null },
  { base: 0x5000_0000n, symbols: m2 ?? null },
]
const stackBase = 0x8000_0000n
/** How far above its slot a saved frame pointer may point, in bytes. */
const maxGap = 128n * 1024n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)

function scene(registers: Record<string, bigint>, words: Scene['words'], m1?: string, m2?: string): Scene {
  return {
    cpu: 'x86',
    os: 'windows',
    registers: { esp: stackBase, ...registers },
    stackBase,
    words,
    modules: modules(m1, m2),
  }
}

describe('x86', () => {
  test('the chain of frame pointers yields callers until the return address is null', () => {
    const words = [
      0n,
      { label: 'frame0', word: 'frame1' },
      0x4000_8679n,
      0n,
      { label: 'frame1', word: 0n },
      0n,
    ]
    const s = scene({ eip: 0x4000_c7a5n, ebp: stackBase + 4n }, words)
    const frames = walkScene(s)
    expect(frames.map((f) => [f.trust, f.instruction])).toEqual([
      ['context', 0x4000_c7a5n],
      ['frame_pointer', 0x4000_8678n],
    ])
    expect(frames[1]!.registers).toEqual({
      eip: 0x4000_8679n,
      esp: stackBase + 12n,
      ebp: addressOf(s, 'frame1'),
    })
  })

  for (const gap of [0, 20]) {
    test(`a scan finds a return address and the frame pointer below it, ${gap} words further up`, () => {
      const words = [
        ...zeros(gap),
        0xf065_dc76n,
        0x46ee_2167n,
        0xbab0_23ecn,
        'bp1',
        0x4000_129dn,
        { label: 'bp1', word: 0n },
        0n,
      ]
      const s = scene({ eip: 0x4000_f49dn, ebp: 0xd43e_ed6en }, words)
      const frames = walkScene(s)
      expect(frames).toHaveLength(2)
      expect(frames[1]).toMatchObject({ trust: 'scan', instruction: 0x4000_129cn })
      expect(frames[1]!.registers).toEqual({
        eip: 0x4000_129dn,
        esp: stackBase + BigInt(gap + 5) * 4n,
        ebp: addressOf(s, 'bp1'),
      })
    })
  }

  const slot = stackBase + 12n
  test.each<[string, bigint, bigint | undefined]>([
    ['the word below it, where that points beyond it', slot + 4n, slot + 4n],
    ['unknown, where that points to it', slot, undefined],
    ['the word below it, where that points just near enough', slot - 4n + maxGap, slot - 4n + maxGap],
    ['unknown, where that points too far', slot + maxGap, undefined],
  ])('the frame pointer of a return address that a scan finds is %s', (_, saved, expected) => {
    const words = [0n, 0n, saved, 0x4000_129dn, ...zeros(Number(maxGap) / 4 + 2)]
    const frames = walkScene(scene({ eip: 0x4000_f49dn, ebp: 1n }, words))
    expect(frames[1]).toMatchObject({ trust: 'scan', instruction: 0x4000_129cn })
    expect(frames[1]!.registers.ebp).toBe(expected)
  })

  const cfi = [
    'FUNC 4000 1000 10 enchiridion',
    'STACK CFI INIT 4000 100 .cfa: $esp 4 + .ra: .cfa 4 - ^',
    'STACK CFI 4001 .cfa: $esp 8 + $ebx: .cfa 8 - ^',
    'STACK CFI 4002 $esi: $ebx',
    'STACK CFI 4003 .cfa: $esp 20 + $edi: .cfa 16 - ^',
    'STACK CFI 4005 .ra: $edi',
    'STACK CFI 4006 .cfa: $ebp 8 + $ebp: .cfa 12 - ^',
    'FUNC 5000 1000 10 epictetus',
    '',
  ].join('\n')

  test('call frame information in the middle of a prologue', () => {
    const words = [0x56ec_3db7n, 0xafba_e234n, 0x53d6_7131n, 0x60f2_0ce6n, 0x4000_5510n, 0n, 0n]
    const frames = walkScene(
      scene({ eip: 0x4000_4003n, ebx: 0x53d1_379dn, ebp: 0n, edi: 1n, esi: 2n }, words, cfi),
    )
    expect(frames[1]).toMatchObject({ trust: 'cfi', function: 'epictetus' })
    expect(frames[1]!.registers).toEqual({
      eip: 0x4000_5510n,
      esp: stackBase + 20n,
      ebx: 0x60f2_0ce6n,
      esi: 0x53d1_379dn,
      edi: 0xafba_e234n,
      ebp: 0n,
    })
  })

  const program =
    '$T2 $esp .cbSavedRegs + = $T0 .raSearchStart = $eip $T0 ^ = $esp $T0 4 + = $ebx $T2 4  - ^ = ' +
    '$edi $T2 8  - ^ = $esi $T2 12 - ^ = $ebp $T2 16 - ^ ='
  const winWords: Scene['words'] = [
    'bp1',
    0xa712_0d1an,
    0x6308_91ben,
    0x9068_a878n,
    0xa08e_a45fn,
    0x4000_1350n,
    { label: 'bp1', word: 0n },
    0n,
  ]
  const tables = {
    'a program': `STACK WIN 4 aa85 176 0 0 4 10 4 0 1 ${program}\n`,
    'a program among overlapping records': [
      `STACK WIN 4 aa80 4 0 0 4 10 4 0 1 bogus`,
      `STACK WIN 4 aa84 1 0 0 4 10 4 0 1 bogus`,
      `STACK WIN 4 aa85 176 0 0 4 10 4 0 1 ${program}`,
      '',
    ].join('\n'),
  }
  for (const [name, symbols] of Object.entries(tables)) {
    test(`Windows frame data: ${name}`, () => {
      const s = scene({ eip: 0x4000_aa85n, ebp: 0xf052_c1den }, winWords, symbols)
      const frames = walkScene(s)
      expect(frames[1]!.trust).toBe('cfi')
      expect(frames[1]!.registers).toEqual({
        eip: 0x4000_1350n,
        esp: stackBase + 24n,
        ebx: 0x9068_a878n,
        edi: 0x6308_91ben,
        esi: 0xa712_0d1an,
        ebp: addressOf(s, 'bp1'),
      })
    })
  }

  test("Windows frame data counts the parameters of the callee's callee", () => {
    const m1 = 'FUNC 1000 100 c module1::wheedle\n'
    const m2 = [
      'FUNC aa85 176 beef module2::whine',
      'STACK WIN 4 aa85 176 0 0 4 10 4 0 1 $T2 $esp .cbLocals + .cbSavedRegs + = $T0 .raSearchStart = ' +
        '$eip $T0 ^ = $esp $T0 4 + = $ebp $T0 20 - ^ = $ebx $T0 8 - ^ =',
      '',
    ].join('\n')
    const words: Scene['words'] = [
      { label: 'frame0', word: 'frame1' },
      0x5000_aa95n,
      0xaa85_0000n,
      ...Array.from({ length: 3 }, (_, i) => BigInt(0x10 + i)),
      ...zeros(4),
      0x5000_0001n,
      { label: 'frame1', word: 0n },
      0n,
    ]
    // Above the saved pair: 0xc bytes of parameters, 4 of locals, 0x10 of registers, then the return address.
    words[2 + (0xc + 4 + 0x10) / 4] = 0x2a17_9e38n
    const frames = walkScene(scene({ eip: 0x4000_1004n, ebp: stackBase }, [...words, 0n, 0n], m1, m2))
    expect(frames[1]).toMatchObject({ trust: 'frame_pointer', function: 'module2::whine' })
    expect(frames[2]).toMatchObject({ trust: 'cfi', instruction: 0x2a17_9e37n })
  })

  test('Windows sizes without base pointer', () => {
    const m1 = 'STACK WIN 0 e8a8 100 0 0 8 4 10 0 0 0\n'
    const frames = walkScene(
      scene({ eip: 0x4000_e8b8n, ebp: 0x77n }, [0x1n, 0x2n, 3n, 4n, 5n, 0x4000_9b5bn, 0n, 0n], m1),
    )
    expect(frames[1]!.trust).toBe('cfi')
    expect(frames[1]!.registers).toMatchObject({ eip: 0x4000_9b5bn, ebp: 0x77n, esp: stackBase + 24n })
  })

  test('Windows sizes with base pointer', () => {
    const m1 = 'STACK WIN 0 9aa8 e6 a 0 10 8 4 0 0 1\n'
    const words: Scene['words'] = [
      'bp1',
      0xb68b_d5f9n,
      0xd25d_05fcn,
      0x4000_deben,
      { label: 'bp1', word: 0n },
      0n,
    ]
    const s = scene({ eip: 0x4000_9ab8n, ebp: 0x1n }, words, m1)
    const frames = walkScene(s)
    expect(frames[1]!.registers).toMatchObject({
      eip: 0x4000_deben,
      ebp: addressOf(s, 'bp1'),
      esp: stackBase + 16n,
    })
  })

  test('a frame pointer at the end of the address space is not followed', () => {
    expect(walkScene(scene({ eip: 0x4000_c7a5n, ebp: 0xffff_ffffn }, zeros(20)))).toHaveLength(1)
  })

  test('after a call to an invalid address the return address on top of the stack is the caller', () => {
    const words: Scene['words'] = [0x4000_1235n, { label: 'frame1', word: 0n }, 0x4000_9999n, 0n]
    const frames = walkScene(scene({ eip: 0n, ebp: stackBase + 4n }, words))
    expect(frames[1]).toMatchObject({ trust: 'scan', instruction: 0x4000_1234n })
    expect(frames[2]).toMatchObject({ trust: 'frame_pointer', instruction: 0x4000_9998n })
  })
})
