// Where records of call frame information end, and which addresses they cover.
import { describe, expect, test } from 'vitest'
import { readFrameAt } from '../../../../shared/debug-files/cfi/frame-section.ts'
import { fromHex } from '../../../support/assembler.ts'
import { framesOf, type Shape, sectionOf } from './frame-sections.ts'

const whole = '0020000000000000 0001000000000000'
const line = '2000 100 .cfa: $rsp 8 + .ra: $rip'

describe('a record that is cut', () => {
  /** The section with another description of the same entry behind it: bytes that would complete the first one. */
  const followed = (shape: Shape) => {
    const { section, at } = sectionOf({ isEh: false, ...shape })
    const next = sectionOf({ isEh: false, ...shape, fde: '0020000000000000 0001000000000000 00' })
    const bytes = Buffer.concat([section.bytes, next.section.bytes.subarray(at)])
    return { section: { ...section, bytes }, at }
  }
  const augmented = { augmentation: 'z', fields: '01 78 10 00' }

  test.each<[string, Shape]>([
    ['without addresses', { fde: '' }],
    ['in its start', { fde: '00200000' }],
    ['in its length', { fde: '0020000000000000 000100' }],
    ['without augmentation data', { ...augmented, fde: whole }],
    ['in its augmentation data', { ...augmented, fde: `${whole} 02 ff` }],
    ['in an instruction', { fde: `${whole} 41 0e` }],
    ['in an expression', { fde: `${whole} 41 0f 05 76` }],
    ['in an instruction that no rule can say', { fde: `${whole} 41 0f 02 ff` }],
  ])('%s is damaged, and the next one is read', (_, shape) => {
    const { section, at } = followed(shape)
    expect(framesOf(section)).toEqual(['damaged', line])
    expect(readFrameAt(section, at)).toBeNull()
  })

  test.each<[string, Shape]>([
    ['before its fields', { fields: '', initial: '' }],
    ['in its fields', { fields: '01 78', initial: '' }],
    ['in its augmentation', { augmentation: 'zR', fields: '01 78 10 02 00', initial: '' }],
    ['in an instruction', { initial: '0c07' }],
    ['behind augmentation data that are too short for it', { augmentation: 'zR', fields: '01 78 10 00' }],
  ])('%s makes all descriptions of the entry damaged', (_, shape) => {
    const { section, at } = followed({ ...shape, fde: `${whole} 00` })
    expect(framesOf(section)).toEqual(['damaged', 'damaged'])
    expect(readFrameAt(section, at)).toBeNull()
  })

  test('is not a description where it is empty', () => {
    const { section, at } = sectionOf({ isEh: false, fde: whole })
    const bytes = Buffer.concat([
      section.bytes.subarray(0, at),
      fromHex('00000000'),
      section.bytes.subarray(at),
    ])
    expect(framesOf({ ...section, bytes })).toEqual([line])
    expect(readFrameAt({ ...section, bytes }, at)).toBeNull()
  })
})

describe('a record', () => {
  test.each<[string, Shape, string[]]>([
    ['for no code is skipped, with cut instructions too', { fde: `${'00'.repeat(16)} 0e` }, []],
    [
      'begins where there are rules',
      { initial: '', fde: `${whole} 44 0c0708` },
      ['2004 fc .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      'begins where there are rules, and ends where they cannot be followed',
      { initial: '', fde: `${whole} 44 0c0708 42 3f` },
      ['2004 2 .cfa: $rsp 8 + .ra: $rip'],
    ],
    ['is not there where rules end before they begin', { initial: '', fde: `${whole} 44 0c0708 3f` }, []],
    [
      'ends with its code, where rules are followed no further behind it',
      { fde: `${whole} 03 0101 3f` },
      [line],
    ],
    ['ends where its rules do', { fde: `${whole} 02 ff 3f` }, ['2000 ff .cfa: $rsp 8 + .ra: $rip']],
  ])('%s', (_, shape, lines) => {
    expect(framesOf(sectionOf(shape).section)).toEqual(lines)
  })

  test.each([
    ['ffffffffffffffff', []],
    ['00f0ffffffffffff', ['damaged']],
    ['fffffffffeffffff', ['damaged']],
  ])('of 64 bits with the number %s behind others: %j', (id, lines) => {
    const { section } = sectionOf({ isEh: false, wide: true, fde: whole })
    const bytes = Buffer.concat([section.bytes, fromHex(`ffffffff 1800000000000000 ${id} ${whole}`)])
    expect(framesOf({ ...section, bytes })).toEqual([line, ...lines])
  })
})
