// What is written for one object file of a PDB: functions with their lines and inlined calls, at each limit.
import { expect, test } from 'vitest'
import { type ByteSource, emptySource, sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { ModuleSymbols } from '../../../../shared/debug-files/module-symbols.ts'
import { AddressMap } from '../../../../shared/debug-files/pdb/address-map.ts'
import type { PdbFile } from '../../../../shared/debug-files/pdb/pdb-file.ts'
import { addPdb, pdbIdentity } from '../../../../shared/debug-files/pdb/pdb-module.ts'
import { symText } from '../../../../shared/debug-files/sym-text.ts'
import { type Assembler, fromHex } from '../../../support/assembler.ts'
import { assembled, msfOf, record } from '../../../support/synth-pdb.ts'

type Write = (a: Assembler) => void

const named = (text: string) => new TextEncoder().encode(`${text}\0`)

const functionNames = ['outer', 'inner']
const ids = (() => {
  const body = assembled(
    ...functionNames.map(
      (name) => (a: Assembler) => record(a, 0x1601, (b) => b.u32(0, 0).bytes(named(name))),
    ),
  )
  const head = assembled((a) =>
    a
      .u32(20040203, 56, 0x1000, 0x1000 + functionNames.length, body.length)
      .u16(5, 0xffff)
      .zeros(32),
  )
  return Buffer.concat([head, body])
})()
const [outer, inner] = [0x1000, 0x1001]

const procedure: Write = (a) =>
  record(a, 0x1110, (b) => b.zeros(12).u32(0x40).zeros(12).u32(0x10).u16(1).u8(0).bytes(named('f')))
const site =
  (inlinee: number, annotations: string): Write =>
  (a) =>
    record(a, 0x114d, (b) => b.zeros(8).u32(inlinee).bytes(fromHex(annotations)))
const end: Write = (a) => record(a, 0x114e, () => undefined)

const part =
  (kind: number, write: Write): Write =>
  (a) => {
    const bytes = assembled(write)
    a.u32(kind, bytes.length)
      .bytes(bytes)
      .zeros(-bytes.length & 3)
  }
const rows = [
  [0, 10],
  [0x10, 11],
  [0x20, 12],
  [0x30, 0xfeefee],
] as const
const lines = assembled(
  part(0xf4, (a) => a.u32(0).u8(0, 0).zeros(2).u32(4).u8(0, 0).zeros(2)),
  part(0xf2, (a) => {
    a.u32(0x10).u16(1, 0).u32(0x40)
    a.u32(0, rows.length, 12 + 8 * rows.length).u32(...rows.flat())
  }),
  part(0xf6, (a) => a.u32(0, outer, 8, 100, inner, 8, 200)),
)

/** The symbol file of an object file with the function `f`, at 0x1010, and these inlined calls. */
function written(sites: Write[], omap: [from: number, to: number][] = []): string[] {
  const symbols = assembled((a) => a.u32(4), procedure, ...sites, end)
  const section = assembled((a) => a.zeros(8).u32(0x1000, 0x1000).zeros(20).u32(0x6000_0020))
  const moved: ByteSource = sourceOfBytes(assembled((a) => a.u32(...omap.flat())))
  const info = {
    name: 'f.obj',
    stream: 5,
    symbolBytes: symbols.length,
    oldLineBytes: 0,
    lineBytes: lines.length,
  }
  const pdb: PdbFile = {
    msf: msfOf([null, null, null, null, ids, Buffer.concat([symbols, lines])]),
    debugId: '0'.repeat(33),
    arch: 'x86_64',
    readModules: () => [info],
    addresses: new AddressMap(section, moved),
    symbols: emptySource,
    names: sourceOfBytes(Buffer.concat([named('f.c'), named('g.h')])),
    frameData: emptySource,
    oldFrameData: emptySource,
  }
  const module = new ModuleSymbols(pdbIdentity(pdb, 'f.pdb'), 1000)
  addPdb(module, pdb)
  expect(module.warnings).toEqual([])
  const text = Buffer.concat([...symText(module)]).toString()
  return text.trimEnd().split('\n').slice(1)
}

test('lines reach to the next; hidden ones are omitted', () => {
  expect(written([])).toEqual([
    'FILE 0 f.c',
    'FUNC 1010 40 0 f',
    '1010 10 10 0',
    '1020 10 11 0',
    '1030 10 12 0',
  ])
})

test('an inlined call covers the lines around it from its first byte to its last', () => {
  expect(written([site(outer, '0308 0408 0602 0300 0410'), end])).toEqual([
    'FILE 0 f.c',
    'FILE 1 g.h',
    'INLINE_ORIGIN 0 outer',
    'FUNC 1010 40 0 f',
    'INLINE 0 10 0 0 1018 18',
    '1010 8 10 0',
    '1018 8 100 1',
    '1020 10 101 1',
    '1030 10 12 0',
  ])
})

test('a call at the first byte of a line or of another call is made there', () => {
  expect(written([site(outer, '0310 0408'), site(inner, '0310 0404'), end, end])).toEqual([
    'FILE 0 f.c',
    'FILE 1 g.h',
    'INLINE_ORIGIN 0 outer',
    'INLINE_ORIGIN 1 inner',
    'FUNC 1010 40 0 f',
    'INLINE 0 11 0 0 1020 8',
    'INLINE 1 100 1 1 1020 4',
    '1010 10 10 0',
    '1020 4 200 1',
    '1024 4 100 1',
    '1028 8 11 0',
    '1030 10 12 0',
  ])
})

test('parts of a call that do not touch are ranges of their own', () => {
  expect(written([site(outer, '0304 0404 0308 0404'), end])).toEqual([
    'FILE 0 f.c',
    'FILE 1 g.h',
    'INLINE_ORIGIN 0 outer',
    'FUNC 1010 40 0 f',
    'INLINE 0 10 0 0 1014 4 1020 4',
    '1010 4 10 0',
    '1014 4 100 1',
    '1018 8 10 0',
    '1020 4 100 1',
    '1024 c 11 0',
    '1030 10 12 0',
  ])
})

test('calls belong to the moved part of the function that they are in', () => {
  const moved: [number, number][] = [
    [0x1010, 0x5000],
    [0x1028, 0x4000],
  ]
  expect(written([site(outer, '0310 0408'), end, site(inner, '0318 0404'), end], moved)).toEqual([
    'FILE 0 f.c',
    'FILE 1 g.h',
    'INLINE_ORIGIN 0 outer',
    'INLINE_ORIGIN 1 inner',
    'FUNC 4000 28 0 f',
    'INLINE 0 11 0 1 4000 4',
    '4000 4 200 1',
    '4004 4 11 0',
    '4008 10 12 0',
    'FUNC 5000 18 0 f',
    'INLINE 0 11 0 0 5010 8',
    '5000 10 10 0',
    '5010 8 100 1',
  ])
})
