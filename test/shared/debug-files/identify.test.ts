// Files of which only ranges are requested: which ones, what is found in them, and what is refused.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { openDebugFile } from '../../../shared/debug-files/debug-file.ts'
import { identifyDebugFile } from '../../../shared/debug-files/identify.ts'
import { DamagedError } from '../../../shared/debug-files/module-symbols.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { splitBytes } from '../../support/split-programs.ts'
import { tinyElf } from '../../support/tiny-elf.ts'

const page = 64 * 1024

/** A file of zeros that begins with `bytes`, and the pages that are requested of it. */
function sourceWith(bytes: Uint8Array, size = bytes.length) {
  const pages: string[] = []
  const read = async (offset: number, length: number) => {
    expect([offset % page, length % page]).toEqual([0, 0])
    const [first, count] = [offset / page, length / page]
    pages.push(count === 1 ? `${first}` : `${first}-${first + count - 1}`)
    const part = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
    part.set(bytes.subarray(offset, offset + length))
    return part
  }
  return { pages, source: { size, read } }
}

/** Program headers and section headers at other places of a file; section 0 begins at `contentsAt`. */
function elfWith(table: { segmentsAt?: number; sectionsAt: number; sections: number }): Uint8Array {
  const bytes = tinyElf(Uint8Array.of(0xab, 0xcd))
  const view = new DataView(bytes.buffer)
  if (table.segmentsAt !== undefined) view.setBigUint64(32, BigInt(table.segmentsAt), true)
  view.setBigUint64(40, BigInt(table.sectionsAt), true)
  view.setUint16(58, 64, true)
  view.setUint16(60, table.sections, true)
  return bytes
}

describe('the requested ranges', () => {
  const programs = ['ring-linked', 'tree-x64.exe', 'tree-x64.pdb', 'libtree-fat.dylib']
  test.each(programs)('of %s give the modules that the whole file has', async (name) => {
    const { bytes } = debugFileBytes(name)[0]!
    const { source } = sourceWith(bytes)
    const found = await identifyDebugFile(`builds/${name}`, source)
    const whole = openDebugFile(`builds/${name}`, sourceOfBytes(bytes))
    const facts = ({ path, identity, companion, isBinary, format }: (typeof whole)[0]) => ({
      ...{ path, identity, companion, isBinary, format },
    })
    expect(found.map(facts)).toEqual(whole.map(facts))
    expect(found).toHaveLength(name.endsWith('.dylib') ? 2 : 1)
  })

  test('of a small file are its only page', async () => {
    const { source, pages } = sourceWith(tinyElf(Uint8Array.of(0xab, 0xcd)))
    const [file] = await identifyDebugFile('tiny', source)
    expect(file!.identity).toMatchObject({ debugFile: 'tiny', codeId: 'ABCD' })
    expect(pages).toEqual(['0'])
  })

  test('of another file are its first page', async () => {
    const { source, pages } = sourceWith(new TextEncoder().encode('text'.repeat(50_000)))
    expect(await identifyDebugFile('a.txt', source)).toEqual([])
    expect(pages).toEqual(['0'])
  })

  test('of an empty file are none', async () => {
    const { source, pages } = sourceWith(new Uint8Array(0))
    expect(await identifyDebugFile('empty', source)).toEqual([])
    expect(pages).toEqual([])
  })

  test.each<[string, Parameters<typeof elfWith>[0], string[]]>([
    ['one page that ends with a table', { sectionsAt: 256 * page, sections: 1024 }, ['0', '256']],
    [
      'two pages for a table that crosses into the second',
      { sectionsAt: 256 * page + 64, sections: 1024 },
      ['0', '256', '257'],
    ],
    [
      'pages in one request where they adjoin',
      { sectionsAt: 256 * page, sections: 3073 },
      ['0', '256', '257-259'],
    ],
    [
      'pages that are known only once',
      { segmentsAt: 257 * page, sectionsAt: 255 * page, sections: 4096 },
      ['0', '257', '255', '256', '258'],
    ],
    ['nothing beyond the end', { sectionsAt: 512 * page, sections: 10 }, ['0']],
  ])('are %s', async (_, tables, expected) => {
    const { source, pages } = sourceWith(elfWith(tables), 512 * page)
    expect(await identifyDebugFile('elf', source)).toHaveLength(1)
    expect(pages).toEqual(expected)
  })

  test('have 3 MiB at most', async () => {
    const most = sourceWith(elfWith({ sectionsAt: 256 * page, sections: 47 * 1024 }), 512 * page)
    expect(await identifyDebugFile('elf', most.source)).toHaveLength(1)
    expect(most.pages).toEqual(['0', '256', '257-302'])
    const more = sourceWith(elfWith({ sectionsAt: 256 * page, sections: 47 * 1024 + 1 }), 512 * page)
    await expect(identifyDebugFile('elf', more.source)).rejects.toThrow(
      new DamagedError('its headers are larger than an upload may have: use mayday symbols add'),
    )
    expect(more.pages).toEqual(['0', '256'])
  })
})

describe('is refused', () => {
  test.each(['gcc4-tree.dwo', 'clang5.dwp', 'common4.dwz'])('%s, which is of no use alone', async (name) => {
    await expect(identifyDebugFile(name, sourceWith(splitBytes(name)).source)).rejects.toThrow(
      new DamagedError(
        'a part of the debug data of a program, which is not read alone: use mayday symbols add',
      ),
    )
  })

  test('a damaged file, with the reason', async () => {
    const { bytes } = debugFileBytes('tree-x64.exe')[0]!
    await expect(identifyDebugFile('a.exe', sourceWith(bytes.subarray(0, 0x90)).source)).rejects.toThrow(
      new DamagedError('its headers are cut or damaged'),
    )
  })
})

test('an error of the source is passed on', async () => {
  const error = new Error('no network')
  const source = { size: 1000, read: () => Promise.reject(error) }
  await expect(identifyDebugFile('a', source)).rejects.toBe(error)
})
