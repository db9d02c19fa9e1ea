// Paths in a symbol store, members of archives, and what is stored beside a file.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { type ArchiveMember, extensionOf, listArchive } from '../../../shared/symbol-store/archive.ts'
import { encodeFilePath, isSymName, parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import { factsOf, metadataOf, type ModuleFacts } from '../../../shared/symbol-store/stored-file.ts'

describe('a path', () => {
  test.each<[string, [string, string, string] | null]>([
    ['app.pdb/44E4EC8C/app.sym', ['app.pdb', '44E4EC8C', 'app.sym']],
    ['app.pdb/44e4ec8c/app.sym', ['app.pdb', '44E4EC8C', 'app.sym']],
    ['libstdc++ ünïcode.so/A/x', null],
    ['libstdc++ $&+,:;=@!()*~_-.so/A/x', ['libstdc++ $&+,:;=@!()*~_-.so', 'A', 'x']],
    ['日本/A/日本.sym', ['日本', 'A', '日本.sym']],
    ['a/A/b/c', null],
    ['a/A', null],
    ['a/A/', null],
    ['/A/b', null],
    ['a//b', null],
    ['a/G/b', null],
    ['a/A-1/b', null],
    ['a/A/..', null],
    ['../A/b', null],
    ['a\\b/A/c', null],
    ['a/A/b\\c', null],
    ['a"/A/c', null],
    ['a%41/A/c', null],
    ['a\n/A/c', null],
    ['a/A/c\n', null],
    ['', null],
    ['symdex/A/c', null],
    ['.mayday/A/c', null],
    ['Symdex/A/symdex', ['Symdex', 'A', 'symdex']],
    [`${'n'.repeat(500)}/A/${'l'.repeat(521)}`, ['n'.repeat(500), 'A', 'l'.repeat(521)]],
    [`${'n'.repeat(500)}/A/${'l'.repeat(530)}`, null],
  ])('%j is read as %j', (path, parts) => {
    const [name, id, leaf] = parts ?? []
    expect(parseFilePath(path)).toEqual(parts && { name, id, leaf })
  })

  test.each([
    ['app.pdb', 'app.sym', 'app.pdb/A0/app.sym'],
    ['a b', 'c#?', 'a%20b/A0/c%23%3F'],
    ['$&+,:;=@', '日', '$&+,:;=@/A0/%E6%97%A5'],
  ])('of %j and %j in a URL is %s', (name, leaf, url) => {
    expect(encodeFilePath({ name, id: 'A0', leaf })).toBe(url)
  })

  test.each([
    ['a.sym', true],
    ['a.SYM', true],
    ['.sym', true],
    ['sym', false],
    ['a.sym.gz', false],
    ['asym', false],
  ])('of a symbol file ends in .sym: %s is one: %s', (leaf, expected) => {
    expect(isSymName(leaf)).toBe(expected)
  })
})

test.each([
  ['a.pdb', '.pdb'],
  ['dir.d/a.tar.gz', '.gz'],
  ['dir.d\\b.exe', '.exe'],
  ['dir.d/a', ''],
  ['.bashrc', ''],
  ['..a', ''],
  ['.a.b', '.b'],
  ['a.', '.'],
  ['...', ''],
  ['a\nb.c', '.c'],
])('the extension of %j is %j', (name, extension) => {
  expect(extensionOf(name)).toBe(extension)
})

describe('the members of an archive', () => {
  const member = (name: string, size = 1): ArchiveMember => ({ name, size })
  const looked: string[] = []
  const list = async (...members: ArchiveMember[]) => {
    looked.length = 0
    const { files, programs, ignored } = await listArchive(members, async ({ name }) => {
      looked.push(name)
      return name.endsWith('.exe')
    })
    return {
      files: files.map(({ path, member: { size } }) => [path.name, path.id, path.leaf, size]),
      programs: programs.map(({ name }) => name),
      ignored,
    }
  }

  test('are files of a symbol store, programs, and others, each in their order', async () => {
    const members = ['b/A1/b.sym', 'x/app.exe', 'a/a0/a.sym', 'readme.txt', 'app.exe', 'all-symbols.txt']
    expect(await list(...members.map((name, i) => member(name, i)), member('d/.DS_Store'))).toEqual({
      files: [
        ['b', 'A1', 'b.sym', 0],
        ['a', 'A0', 'a.sym', 2],
      ],
      programs: ['x/app.exe', 'app.exe'],
      ignored: ['all-symbols.txt', 'd/.DS_Store', 'readme.txt'],
    })
    expect(looked).toEqual(['x/app.exe', 'readme.txt', 'app.exe'])
  })

  test('are none of an archive without any', async () => {
    expect(await list()).toEqual({ files: [], programs: [], ignored: [] })
    expect(await list(member('A-SYMBOLS.TXT'), member('.DS_Store'))).toEqual({
      files: [],
      programs: [],
      ignored: ['A-SYMBOLS.TXT', '.DS_Store'],
    })
    expect(looked).toEqual([])
  })

  test('of a name that occurs twice with one size are one', async () => {
    expect((await list(member('a/A/a.sym', 5), member('a/A/a.sym', 5))).files).toHaveLength(1)
  })

  const misplaced = (shown: string) =>
    `Unrecognized file pattern. Should only be <module>/<hex>/<file> or <name>-symbols.txt and nothing else. (First unrecognized pattern was ${shown})`

  test.each<[string, ArchiveMember[], string]>([
    [
      'of a name with two sizes',
      [member('a/A/a.sym', 5), member('b/B/b'), member('a/A/a.sym', 6)],
      'The zipfile buffer contains two files both called a/A/a.sym and they have difference sizes (6 != 5)',
    ],
    [
      'of a vendor',
      [member('a/A/a.sym'), member('x/qcom/proprietary/y')],
      "Content of archive file contains the snippet 'qcom/proprietary' which is not allowed",
    ],
    ['outside the layout', [member('a/A/a.sym'), member('x.txt'), member('y.txt')], misplaced("'x.txt'")],
    ['that look like a list in a folder', [member('d/a-symbols.txt')], misplaced("'d/a-symbols.txt'")],
    ['that look like a list', [member('a-symbols.txt.bak')], misplaced("'a-symbols.txt.bak'")],
    ['that look like a file of macOS', [member('a.DS_Store')], misplaced("'a.DS_Store'")],
    ["with the name it's", [member("it's")], misplaced(`"it's"`)],
    [`with both quotes`, [member(`it's"`)], misplaced(`'it\\'s"'`)],
    [
      'with other characters',
      [member('a\\\n\r\t\u0001\u00a0\u00adé')],
      misplaced("'a\\\\\\n\\r\\t\\x01\\xa0\\xadé'"),
    ],
    ['with a long name', [member('x'.repeat(301))], misplaced(`'${'x'.repeat(300)}'`)],
  ])('%s are refused', async (_, members, message) => {
    await expect(list(...members)).rejects.toThrow(new CrashError('bad-symbols', message))
  })

  test('outside the layout are looked at, up to a thousand', async () => {
    const others = Array.from({ length: 999 }, (_, i) => member(`${i}.txt`))
    expect((await list(...others, member('a.exe'))).programs).toEqual(['a.exe'])
    expect(looked).toHaveLength(1000)
    await expect(list(...others, member('a.exe'), member('b.exe'))).rejects.toThrow(misplaced("'0.txt'"))
    expect(looked).toEqual([])
  })
})

describe('the metadata of a file', () => {
  const module: ModuleFacts = {
    debugFile: 'äpp.pdb',
    debugId: 'A0',
    codeFile: 'app.exe',
    codeId: 'C0',
    generator: 'mayday 1%',
    lacks: 'debug file',
  }
  const facts = { size: 12, md5: 'd41d8cd98f00b204e9800998ecf8427e', module }

  test('is ASCII, and read back', () => {
    expect(metadataOf(facts)).toEqual({
      'original-size': '12',
      'original-md5': 'd41d8cd98f00b204e9800998ecf8427e',
      'debug-file': '%C3%A4pp.pdb',
      'debug-id': 'A0',
      'code-file': 'app.exe',
      'code-id': 'C0',
      generator: 'mayday%201%25',
      lacks: 'debug%20file',
    })
    expect(factsOf({ metadata: metadataOf(facts) })).toEqual(facts)
  })

  const empty: ModuleFacts = {
    ...{ debugFile: '', debugId: '', codeFile: '', codeId: '', generator: '', lacks: '' },
  }
  test('has nothing that is empty or unknown', () => {
    expect(metadataOf({ ...facts, module: { ...empty, debugId: 'A0' } })).toEqual({
      'original-size': '12',
      'original-md5': facts.md5,
      'debug-id': 'A0',
    })
    expect(Object.keys(metadataOf({ ...facts, module: null }))).toEqual(['original-size', 'original-md5'])
    expect(factsOf({ metadata: {} })).toEqual({ module: empty })
  })

  test('has at most 400 characters of each text, never a part of a character', () => {
    const generatorOf = (generator: string) =>
      metadataOf({ ...facts, module: { ...module, generator } }).generator
    expect(generatorOf('x'.repeat(401))).toBe('x'.repeat(400))
    expect(generatorOf(`${'x'.repeat(399)} y`)).toBe('x'.repeat(399))
    expect(generatorOf(`${'x'.repeat(398)} y`)).toBe('x'.repeat(398))
    expect(generatorOf(`${'x'.repeat(397)} y`)).toBe(`${'x'.repeat(397)}%20`)
  })

  test('of another program is read unchanged', () => {
    const { module: known } = factsOf({ metadata: { 'debug-file': '100%', 'original-size': '5' } })
    expect(known.debugFile).toBe('100%')
    expect(factsOf({ metadata: { 'original-size': '5' } }).size).toBe(5)
  })
})
