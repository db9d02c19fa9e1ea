// Unwind codes of arm64 one by one, and the prologues that packed entries stand for.
import { describe, expect, test } from 'vitest'
import {
  type Arm64Step,
  packedEpilogue,
  packedSteps,
  readSteps,
} from '../../../../shared/debug-files/pe/arm64-codes.ts'
import { fromHex } from '../../../support/assembler.ts'

/** `register@offset`, `+bytes` that are released, `sp=x29-bytes`; `-` for an instruction that undoes nothing. */
const shown = (steps: readonly Arm64Step[]) =>
  steps
    .map(({ frame, saves = [], release }) =>
      [
        ...(frame === undefined ? [] : [`sp=x29-${frame}`]),
        ...saves.map(([register, offset]) => `${register}@${offset}`),
        ...(release === undefined ? [] : [`+${release}`]),
      ].join(' '),
    )
    .map((step) => step || '-')
    .join(', ')

describe('the codes', () => {
  test.each<[string, string]>([
    ['00', '+0'],
    ['01', '+16'],
    ['1f', '+496'],
    ['20', 'x19@0 x20@8 +0'],
    ['21', 'x19@0 x20@8 +8'],
    ['3f', 'x19@0 x20@8 +248'],
    ['40', 'x29@0 x30@8'],
    ['41', 'x29@8 x30@16'],
    ['7f', 'x29@504 x30@512'],
    ['80', 'x29@0 x30@8 +8'],
    ['81', 'x29@0 x30@8 +16'],
    ['bf', 'x29@0 x30@8 +512'],
    ['c000', '+0'],
    ['c001', '+16'],
    ['c7ff', '+32752'],
    ['c800', 'x19@0 x20@8'],
    ['c841', 'x20@8 x21@16'],
    ['cbff', 'x34@504 x35@512'],
    ['cc00', 'x19@0 x20@8 +8'],
    ['cc41', 'x20@0 x21@8 +16'],
    ['cfff', 'x34@0 x35@8 +512'],
    ['d000', 'x19@0'],
    ['d041', 'x20@8'],
    ['d3ff', 'x34@504'],
    ['d400', 'x19@0 +8'],
    ['d421', 'x20@0 +16'],
    ['d5ff', 'x34@0 +256'],
    ['d600', 'x19@0 x30@8'],
    ['d641', 'x21@8 x30@16'],
    ['d7ff', 'x33@504 x30@512'],
    ['d800', '-'],
    ['d9ff', '-'],
    ['da00', '+8'],
    ['da01', '+16'],
    ['dbff', '+512'],
    ['dc00', '-'],
    ['ddff', '-'],
    ['de00', '+8'],
    ['de1f', '+256'],
    ['e1', 'sp=x29-0'],
    ['e200', 'sp=x29-0'],
    ['e201', 'sp=x29-8'],
    ['e2ff', 'sp=x29-2040'],
    ['e3', '-'],
    ['fc', '-'],
    ['e0000001', '+16'],
    ['e0010203', '+1056816'],
    ['e70000', 'x0@0'],
    ['e70001', 'x0@8'],
    ['e71e05', 'x30@40'],
    ['e74005', 'x0@80 x1@88'],
    ['e76005', 'x0@0 x1@8 +96'],
    ['e72005', 'x0@0 +96'],
    ['e70045', '-'],
    ['e70085', '-'],
    ['e740c5', '-'],
    ['e760c5', '+96'],
    ['e3e4e1', '-'],
    ['e5e3', '-, fragment'],
    ['e3e5e1e4', '-, sp=x29-0, fragment'],
    ['e6c802', 'x21@32 x22@40, x19@16 x20@24'],
    ['e6e6c802', 'x23@48 x24@56, x21@32 x22@40, x19@16 x20@24'],
    ['e6e6e6e6e6c802', '-, x27@80 x28@88, x25@64 x26@72, x23@48 x24@56, x21@32 x22@40, x19@16 x20@24'],
    ['e6e6d401', '-, -, x19@0 +16'],
    ['e6e640', '-, -, x29@0 x30@8'],
    ['e6e6c802e6cc02', 'x23@48 x24@56, x21@32 x22@40, x19@16 x20@24, x21@16 x22@24, x19@0 x20@8 +24'],
    ['e3e6c802', '-, x21@32 x22@40, x19@16 x20@24'],
    ['', ''],
    ['e4', ''],
    ['e4ff', ''],
  ])('%s', (hex, steps) => {
    const found = readSteps(fromHex(hex))!
    expect(shown(found.steps) + (found.isFragment ? ', fragment' : '')).toBe(steps)
  })

  test.each(['df00', 'e8', 'e9', 'fb', 'fd', 'ff', 'c0', 'de', 'e2', 'e00000', 'e700', 'e7', 'dd', 'e0'])(
    '%s are unknown or cut',
    (hex) => {
      expect(readSteps(fromHex(hex))).toBeNull()
    },
  )
})

interface Packed {
  /** Units of 16 bytes. */
  frame: number
  regI?: number
  regF?: number
  homes?: number
  cr?: number
}

const wordOf = ({ frame, regI = 0, regF = 0, homes = 0, cr = 0 }: Packed) =>
  (1 | (16 << 2) | (regF << 13) | (regI << 16) | (homes << 20) | (cr << 21) | (frame << 23)) >>> 0

describe('a packed entry', () => {
  test.each<[Packed, prologue: string, epilogue: string]>([
    [{ frame: 1 }, '+16', '+16'],
    [{ frame: 2, regI: 1 }, '+16, x19@0 +16', '+16, x19@0 +16'],
    [{ frame: 2, regI: 2 }, '+16, x19@0 x20@8 +16', '+16, x19@0 x20@8 +16'],
    [{ frame: 3, regI: 3 }, '+16, x21@16, x19@0 x20@8 +32', '+16, x21@16, x19@0 x20@8 +32'],
    [
      { frame: 6, regI: 10 },
      '+16, x27@64 x28@72, x25@48 x26@56, x23@32 x24@40, x21@16 x22@24, x19@0 x20@8 +80',
      '+16, x27@64 x28@72, x25@48 x26@56, x23@32 x24@40, x21@16 x22@24, x19@0 x20@8 +80',
    ],
    [{ frame: 2, regI: 0, cr: 1 }, '+16, x30@0 +16', '+16, x30@0 +16'],
    [{ frame: 2, regI: 1, cr: 1 }, '+16, x19@0 x30@8 +16', '+16, x19@0 x30@8 +16'],
    [{ frame: 3, regI: 2, cr: 1 }, '+16, x30@16, x19@0 x20@8 +32', '+16, x30@16, x19@0 x20@8 +32'],
    [
      { frame: 3, regI: 3, cr: 1 },
      '+16, x21@16 x30@24, x19@0 x20@8 +32',
      '+16, x21@16 x30@24, x19@0 x20@8 +32',
    ],
    [{ frame: 1, cr: 2 }, 'sp=x29-0, x29@0 x30@8 +16, -', 'x29@0 x30@8 +16, -'],
    [{ frame: 1, cr: 3 }, 'sp=x29-0, x29@0 x30@8 +16', 'x29@0 x30@8 +16'],
    [
      { frame: 3, regI: 2, cr: 3 },
      'sp=x29-0, x29@0 x30@8 +32, x19@0 x20@8 +16',
      'x29@0 x30@8 +32, x19@0 x20@8 +16',
    ],
    [
      { frame: 3, regI: 2, cr: 2 },
      'sp=x29-0, x29@0 x30@8 +32, x19@0 x20@8 +16, -',
      'x29@0 x30@8 +32, x19@0 x20@8 +16, -',
    ],
    [{ frame: 32, cr: 3 }, 'sp=x29-0, x29@0 x30@8 +512', 'x29@0 x30@8 +512'],
    [{ frame: 33, cr: 3 }, 'sp=x29-0, x29@0 x30@8, +528', 'x29@0 x30@8, +528'],
    [{ frame: 255, cr: 3 }, 'sp=x29-0, x29@0 x30@8, +4080', 'x29@0 x30@8, +4080'],
    [{ frame: 256, cr: 3 }, 'sp=x29-0, x29@0 x30@8, +16, +4080', 'x29@0 x30@8, +16, +4080'],
    [{ frame: 255, cr: 0 }, '+4080', '+4080'],
    [{ frame: 256, cr: 0 }, '+16, +4080', '+16, +4080'],
    [{ frame: 258, regI: 2, cr: 0 }, '+32, +4080, x19@0 x20@8 +16', '+32, +4080, x19@0 x20@8 +16'],
    [{ frame: 4, regF: 1 }, '+48, +16', '+48, +16'],
    [{ frame: 4, regF: 2 }, '+32, -, +32', '+32, -, +32'],
    [{ frame: 6, regF: 7 }, '+32, -, -, -, +64', '+32, -, -, -, +64'],
    [{ frame: 6, regI: 1, regF: 3 }, '+48, -, -, x19@0 +48', '+48, -, -, x19@0 +48'],
    [{ frame: 4, homes: 1 }, '-, -, -, +64', '+64'],
    [{ frame: 6, homes: 1, regI: 2 }, '+16, -, -, -, -, x19@0 x20@8 +80', '+16, x19@0 x20@8 +80'],
    [
      { frame: 8, homes: 1, regI: 3, regF: 1, cr: 3 },
      'sp=x29-0, x29@0 x30@8 +16, -, -, -, -, -, x21@16, x19@0 x20@8 +112',
      'x29@0 x30@8 +16, -, x21@16, x19@0 x20@8 +112',
    ],
    [{ frame: 1, regI: 2 }, 'x19@0 x20@8 +16', 'x19@0 x20@8 +16'],
    [{ frame: 7, homes: 1, cr: 1 }, '+32, -, -, -, -, x30@0 +80', '+32, x30@0 +80'],
  ])('of %j', (packed, prologue, epilogue) => {
    expect(shown(packedSteps(wordOf(packed)))).toBe(prologue)
    expect(shown(packedEpilogue(wordOf(packed)))).toBe(epilogue)
  })
})
