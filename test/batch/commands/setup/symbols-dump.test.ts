// `mayday symbols dump`.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { debugFileBytes } from '../../../support/debug-programs.ts'
import { callMayday } from '../../../support/run-mayday.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-symbols-dump-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(name: string): string {
  const path = join(folder, name)
  writeFileSync(path, debugFileBytes(name)[0]!.bytes)
  return path
}

describe('mayday symbols dump', () => {
  test('prints the symbol file of a program with the PDB beside it', async () => {
    put('tree-x64.pdb')
    const { code, stdout, stderr } = await callMayday(['symbols', 'dump', put('tree-x64.exe')])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^MODULE windows x86_64 24B4D5A1A68277F14C4C44205044422E1 tree-x64\.pdb\nINFO CODE_ID 95E317A86000 tree-x64\.exe\n/,
    )
    expect(stdout).toContain('FUNC 10c0 53 0 tree::make')
    expect(stdout).toContain('STACK CFI INIT 1060 ')
  })

  test('reports what is missing', async () => {
    const alone = await callMayday(['symbols', 'dump', put('tree-x64.exe')])
    expect(alone.stderr).toContain('without tree-x64.pdb: no function names except exports, no lines')
    rmSync(join(folder, 'tree-x64.exe'))
    const pdb = await callMayday(['symbols', 'dump', put('tree-x64.pdb')])
    expect(pdb.stderr).toContain('tree-x64.pdb without its .exe or .dll: no unwind rules for x86_64')
    const stripped = await callMayday(['symbols', 'dump', put('ring-linked')])
    expect(stripped.stderr).toContain('without ring-linked.debug: no function names except its own symbols')
  })

  test('writes the modules of a folder in the usual layout, which other commands take', async () => {
    for (const name of [
      'tree-x64.exe',
      'tree-x64.pdb',
      'libtree-fat.dylib',
      'ring-linked',
      'ring-linked.debug',
    ])
      put(name)
    const output = join(folder, 'symbols')
    const { code, stdout } = await callMayday(['symbols', 'dump', '--output', output, folder])
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(4)
    expect(stdout).toMatch(/tree-x64\.sym: \d+ functions, \d+ lines/)
    expect(readdirSync(output).sort()).toEqual(['libtree-fat.dylib', 'ring-linked', 'tree-x64.pdb'])
    const ring = join(output, 'ring-linked', '44487446C75C915FD4A77862EA6919A50', 'ring-linked.sym')
    const looked = await callMayday(['symbols', 'lookup', ring, '0x11a8'])
    expect(looked.stdout).toContain('main')
  })

  test('names files that cannot be used, uses the others, and fails', async () => {
    put('ring-linked')
    writeFileSync(join(folder, 'net.pdb'), `BSJB${'\0'.repeat(100)}`)
    const { code, stdout, stderr } = await callMayday(['symbols', 'dump', folder])
    expect(code).toBe(1)
    expect(stdout).toContain('MODULE Linux x86_64')
    expect(stderr).toContain('net.pdb cannot be used: a portable PDB of .NET')
  })

  test('a folder without programs is an error', async () => {
    const { code, stderr } = await callMayday(['symbols', 'dump', folder])
    expect(code).toBe(1)
    expect(stderr).toContain('No ELF, PE, PDB or Mach-O file is below')
  })
})
