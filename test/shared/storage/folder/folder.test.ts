// The store in a folder: the contract, and its own properties: files of other programs, copies, several processes,
// crashes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import type { ObjectInfo, Storage } from '../../../../shared/storage/storage.ts'
import { storageContract } from '../../../contract/storage.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-folder-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const newFolder = () => join(root, String(++count))

storageContract('folder', () => createFolderStorage(join(root, 'contract')))

const encode = (text: string) => new TextEncoder().encode(text)
const textOf = async (storage: Storage, key: string) =>
  new TextDecoder().decode(await (await storage.get(key))!.bytes())
const collect = async (storage: Storage, prefix = '') => {
  const all: ObjectInfo[] = []
  for await (const info of storage.list(prefix)) all.push(info)
  return all
}

/** Runs a program in another process with access to the folder store. */
function run(program: string, args: readonly string[]) {
  const source = `import { createFolderStorage } from ${JSON.stringify(join(import.meta.dirname, '../../../../shared/storage/folder/folder.node.ts'))}
    const [dir, ...args] = process.argv.slice(1)
    const storage = createFolderStorage(dir)
    const encode = (text) => new TextEncoder().encode(text)
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, ...args], { stdio: 'pipe' })
  let output = ''
  let problems = ''
  child.stdout.on('data', (piece) => (output += piece))
  child.stderr.on('data', (piece) => (problems += piece))
  const ended = new Promise<{ code: number | null; output: string; problems: string }>((resume) =>
    child.on('close', (code) => resume({ code, output, problems })),
  )
  return { child, ended }
}

describe('createFolderStorage', () => {
  test('stores the bytes of an object in a plain file under its key', async () => {
    const dir = newFolder()
    await createFolderStorage(dir).put('tables/a/1.parquet', encode('PAR1'), { metadata: { a: '1' } })
    expect(readFileSync(join(dir, 'tables/a/1.parquet'), 'utf8')).toBe('PAR1')
    expect(readdirSync(dir).sort()).toEqual(['.mayday', 'tables'])
  })

  test('finds files of other programs, gives them an etag, and notices changes', async () => {
    const dir = newFolder()
    mkdirSync(join(dir, 'a'), { recursive: true })
    writeFileSync(join(dir, 'a/b'), 'by hand')
    const storage = createFolderStorage(dir)
    const [info] = await collect(storage)
    expect(info).toMatchObject({ key: 'a/b', size: 7, metadata: {} })
    expect(await textOf(storage, 'a/b')).toBe('by hand')
    writeFileSync(join(dir, 'a/b'), 'by hind')
    expect((await storage.head('a/b'))!.etag).not.toBe(info!.etag)
    expect(await storage.put('a/b', encode('ours'), { ifMatch: info!.etag })).toBeNull()
    const seen = (await storage.head('a/b'))!.etag
    expect(await storage.put('a/b', encode('ours'), { ifMatch: seen })).not.toBeNull()
    utimesSync(join(dir, 'a/b'), 1e9, 1e9)
    writeFileSync(join(dir, 'a/b'), 'edit')
    expect((await storage.head('a/b'))!.etag).not.toBe(seen)
  })

  test('ignores metadata that a killed writer left half written', async () => {
    const dir = newFolder()
    mkdirSync(join(dir, '.mayday/meta'), { recursive: true })
    const metaFile = join(dir, '.mayday/meta/a.json')
    writeFileSync(metaFile, '[{"ino"')
    utimesSync(metaFile, 1, 1)
    const storage = createFolderStorage(dir)
    expect(await storage.put('a', encode('x'), { ifNoneMatch: '*', metadata: { a: '1' } })).not.toBeNull()
    expect(await storage.head('a')).toMatchObject({ metadata: { a: '1' } })
  })

  test('waits for a writer that has written half of its metadata for the same key', async () => {
    const dir = newFolder()
    mkdirSync(join(dir, '.mayday/meta'), { recursive: true })
    writeFileSync(join(dir, '.mayday/meta/a.json'), '[{"ino"')
    let waits = 0
    const storage = createFolderStorage(dir, {
      sleep: async () => {
        if (++waits < 3) return
        writeFileSync(join(dir, 'a'), 'x')
        const { ino, size, mtimeMs } = statSync(join(dir, 'a'))
        const versions = [{ ino, size, mtimeMs, etag: 'e', metadata: { by: 'the first' } }]
        writeFileSync(join(dir, '.mayday/meta/a.json'), JSON.stringify(versions))
      },
    })
    const second = storage.put('a', encode('x'), { ifNoneMatch: '*', metadata: { by: 'the second' } })
    expect(await second).toBeNull()
    expect(waits).toBe(3)
    expect(await storage.head('a')).toMatchObject({ metadata: { by: 'the first' } })
  })

  test('recognizes objects and their metadata in a copy of the folder', async () => {
    const [dir, copy] = [newFolder(), newFolder()]
    const put = await createFolderStorage(dir).put('a/b', encode('x'), { metadata: { a: '1' } })
    cpSync(dir, copy, { recursive: true })
    const { uploaded: _, ...expected } = put!
    expect(await createFolderStorage(copy).head('a/b')).toMatchObject(expected)
  })

  test('survives a damaged metadata file', async () => {
    const dir = newFolder()
    const storage = createFolderStorage(dir)
    const put = await storage.put('a', encode('x'), { metadata: { a: '1' } })
    for (const damage of ['', '[', '{}', 'null', '[{"etag":5}]', '[null]']) {
      writeFileSync(join(dir, '.mayday/meta/a.json'), damage)
      expect(await storage.head('a')).toMatchObject({ etag: put!.etag, metadata: {} })
    }
    expect(await storage.put('a', encode('y'), { ifMatch: put!.etag, metadata: { b: '2' } })).not.toBeNull()
    expect(await storage.head('a')).toMatchObject({ metadata: { b: '2' } })
  })

  test('hides its own files and cannot escape its folder', async () => {
    const dir = newFolder()
    writeFileSync(join(root, 'outside'), 'secret')
    const storage = createFolderStorage(dir)
    await storage.put('a', encode('x'))
    expect((await collect(storage)).map((info) => info.key)).toEqual(['a'])
    expect(await collect(storage, '.mayday/')).toEqual([])
    for (const key of [
      '../outside',
      '.mayday/lock',
      '.MAYDAY/lock',
      'a/../../outside',
      join(root, 'outside'),
    ]) {
      expect(await storage.get(key)).toBeNull()
      await expect(storage.put(key, encode('x'))).rejects.toMatchObject({ code: 'bad-usage' })
      await storage.delete(key)
    }
    expect(await collect(storage, '../')).toEqual([])
    expect(readFileSync(join(root, 'outside'), 'utf8')).toBe('secret')
  })

  test('rejects a key below which, or above which, an object exists', async () => {
    const storage = createFolderStorage(newFolder())
    await storage.put('a/b', encode('x'))
    for (const key of ['a', 'a/b/c']) {
      for (const options of [{}, { ifNoneMatch: '*' }] as const) {
        const put = storage.put(key, encode('x'), options)
        await expect(put.then((info) => info ?? 'nothing'))
          .resolves.toBe('nothing')
          .catch(async () => {
            await expect(put).rejects.toMatchObject({
              code: 'storage',
              message: expect.stringContaining('a key below it'),
            })
          })
      }
      expect(await storage.get(key)).toBeNull()
    }
    expect((await collect(storage)).map((info) => info.key)).toEqual(['a/b'])
  })

  test('leaves no empty folders when objects are deleted', async () => {
    const dir = newFolder()
    const storage = createFolderStorage(dir)
    await storage.put('a/b/c', encode('x'))
    await storage.put('a/d', encode('x'))
    await storage.delete('a/b/c')
    expect(existsSync(join(dir, 'a/b'))).toBe(false)
    await storage.delete('a/d')
    expect(readdirSync(dir)).toEqual(['.mayday'])
  })

  test('shows nothing of an interrupted write, and deletes it after an hour', async () => {
    const dir = newFolder()
    await createFolderStorage(dir).put('a', encode('x'))
    const left = join(dir, '.mayday/tmp/left')
    writeFileSync(left, 'half of an object')
    await createFolderStorage(dir).put('b', encode('x'))
    expect(existsSync(left)).toBe(true)
    utimesSync(left, 1e9, 1e9)
    const storage = createFolderStorage(dir)
    await storage.put('c', encode('x'))
    expect(existsSync(left)).toBe(false)
    expect((await collect(storage)).map((info) => info.key)).toEqual(['a', 'b', 'c'])
  })

  test('of several processes that create the same objects, one succeeds for each', async () => {
    const dir = newFolder()
    const program = `let won = 0
      for (let i = 0; i < 100; i++) {
        const options = { ifNoneMatch: '*', metadata: { by: args[0] } }
        if (await storage.put('day/' + i, encode(args[0]), options)) won++
      }
      console.log(won)`
    const results = await Promise.all(['a', 'b', 'c'].map((name) => run(program, [dir, name]).ended))
    expect(results.map((result) => result.problems)).toEqual(['', '', ''])
    expect(results.reduce((sum, result) => sum + Number(result.output), 0)).toBe(100)
    const storage = createFolderStorage(dir)
    const infos = await collect(storage)
    expect(infos).toHaveLength(100)
    for (const info of infos) expect(info.metadata).toEqual({ by: await textOf(storage, info.key) })
  })

  test('several processes increment counters together without losing any', async () => {
    const dir = newFolder()
    const program = `const decode = (bytes) => new TextDecoder().decode(bytes)
      for (let i = 0; i < 40; ) {
        const object = await storage.get('n')
        const next = encode(String(Number(decode(await object.bytes())) + 1))
        if (await storage.put('n', next, { ifMatch: object.etag, metadata: { n: decode(next) } })) i++
      }`
    const storage = createFolderStorage(dir)
    await storage.put('n', encode('0'))
    const results = await Promise.all([1, 2, 3].map(() => run(program, [dir]).ended))
    expect(results).toEqual([1, 2, 3].map(() => ({ code: 0, output: '', problems: '' })))
    expect(await textOf(storage, 'n')).toBe('120')
    expect(await storage.head('n')).toMatchObject({ metadata: { n: '120' } })
  })

  test('a process killed at any moment leaves whole objects and no lock', async () => {
    const dir = newFolder()
    const program = `for (let i = 0; ; i++) {
        const text = String(i).padStart(100000, '0')
        await storage.put('same', encode(text), { metadata: { end: text.slice(-9) } })
        await storage.put('new/' + args[0] + i, encode(text), { ifNoneMatch: '*', metadata: { end: text.slice(-9) } })
        console.log(i)
      }`
    for (let round = 0; round < 6; round++) {
      const { child, ended } = run(program, [dir, `${round}-`])
      for (let written = 0; written <= round; written++) await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await ended
      const storage = createFolderStorage(dir)
      for (const info of await collect(storage)) {
        const text = await textOf(storage, info.key)
        expect(text).toHaveLength(100_000)
        expect(info.metadata).toEqual({ end: text.slice(-9) })
      }
      expect(
        await storage.put('same', encode('0'.repeat(100_000)), { metadata: { end: '000000000' } }),
      ).not.toBeNull()
    }
  })
})
