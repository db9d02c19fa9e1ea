// What symbol servers lacked: remembered for 1 hour, then 2 up to 24, shared by runs, bounded.
import { beforeEach, describe, expect, test } from 'vitest'
import { type MissMemory, openSymbolMisses, withMisses } from '../../../batch/symbols/symbol-misses.ts'
import { symbolMissesKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import type { StoredSymbolFile, SymbolFiles } from '../../../shared/symbols/sources/symbol-files.ts'

const server = 'https://symbols.example.org/'
const hour = 3_600_000
let crashes: Storage
let time: number
beforeEach(() => {
  crashes = createMemoryStorage()
  time = Date.UTC(2026, 9, 21)
})
const now = () => time
const openMisses = (askAgain = false) => openSymbolMisses(crashes, { askAgain, now })

async function note(path: string, found = false) {
  const misses = openMisses()
  await misses.note(server, path, found)
  await misses.save()
}
const isMissed = (path: string) => openMisses().isMissed(server, path)

async function storedKey(): Promise<string> {
  for await (const { key } of crashes.list('late-symbols/misses/')) return key
  throw new Error('nothing is stored')
}

describe('a miss', () => {
  test('is remembered for 1 hour, then for twice as long each time, up to 24 hours', async () => {
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      await note('app/AB1/app.sym')
      time += hours * hour - 60_000
      expect(await isMissed('app/AB1/app.sym'), `${hours} h`).toBe(true)
      time += 60_000
      expect(await isMissed('app/AB1/app.sym'), `${hours} h`).toBe(false)
    }
  })

  test('concerns one file of one server, regardless of case', async () => {
    await note('App/AB1/App.sym')
    expect(await isMissed('app/ab1/app.sym')).toBe(true)
    expect(await isMissed('app/AB2/app.sym')).toBe(false)
    expect(await openMisses().isMissed('https://other.example.org/', 'app/AB1/app.sym')).toBe(false)
  })

  test('is forgotten once the server has the file, and after three days without a question', async () => {
    await note('app/AB1/app.sym')
    await note('app/AB1/app.sym', true)
    expect(await isMissed('app/AB1/app.sym')).toBe(false)
    await note('b/AB1/b.sym')
    time += 73 * hour
    await note('c/AB1/c.sym')
    const text = new TextDecoder().decode(await (await crashes.get(await storedKey()))!.bytes())
    expect(Object.keys(JSON.parse(text).misses)).toHaveLength(1)
  })

  test('of other runs is asked for again on request, but only once', async () => {
    await note('app/AB1/app.sym')
    const misses = openMisses(true)
    expect(await misses.isMissed(server, 'app/AB1/app.sym')).toBe(false)
    await misses.note(server, 'app/AB1/app.sym', false)
    await misses.save()
    expect(await misses.isMissed(server, 'app/AB1/app.sym')).toBe(true)
    time += hour
    expect(await isMissed('app/AB1/app.sym')).toBe(false)
  })

  test('of a run that saves at the same time is kept', async () => {
    const [one, other] = [openMisses(), openMisses()]
    await one.note(server, 'a/AB1/a.sym', false)
    await other.note(server, 'b/AB1/b.sym', false)
    await Promise.all([one.save(), other.save()])
    expect([await isMissed('a/AB1/a.sym'), await isMissed('b/AB1/b.sym')]).toEqual([true, true])
  })
})

describe('remembered misses', () => {
  test('are bounded: the newest 50,000 per server stay', async () => {
    const misses = openMisses()
    await misses.note(server, 'oldest', false)
    time += 60_000
    for (let n = 0; n < 50_000; n++) await misses.note(server, `${n}/AB1/${n}.sym`, false)
    await misses.save()
    expect([await isMissed('oldest'), await isMissed('0/AB1/0.sym')]).toEqual([false, true])
    const { size } = (await crashes.head(await storedKey()))!
    expect(size).toBeLessThan(2_000_000)
  })

  test('cost a read when a server is first asked about, and a write when something changed', async () => {
    const misses = openMisses()
    await misses.save()
    await misses.note(server, 'app/AB1/app.sym', true)
    await misses.save()
    await expect(storedKey()).rejects.toThrow('nothing is stored')
  })

  test.each(['{', '{"version":2}', '{"version":1,"server":"","misses":{"a":"b"}}'])(
    'that cannot be read (%s) count as none, and are replaced',
    async (content) => {
      await note('app/AB1/app.sym')
      await crashes.put(await storedKey(), new TextEncoder().encode(content))
      expect(await isMissed('app/AB1/app.sym')).toBe(false)
      await note('app/AB1/app.sym')
      expect(await isMissed('app/AB1/app.sym')).toBe(true)
    },
  )

  test('have keys that do not show the server', () => {
    expect(symbolMissesKey('ab')).toBe('late-symbols/misses/ab.json')
  })
})

describe('withMisses', () => {
  const module = { debugFile: 'app', debugId: 'AB1', codeFile: 'app', codeId: '' }
  const noted: unknown[] = []
  const memory = (missed: boolean): MissMemory => ({
    isMissed: async () => missed,
    note: async (...args) => void noted.push(args),
  })
  const file = (there: boolean): StoredSymbolFile => ({
    stamp: 'http',
    url: null,
    isThere: async () => there,
    read: async () => (there ? new Uint8Array(1) : null),
  })
  const filesWith = (found: StoredSymbolFile | null): SymbolFiles => ({ find: async () => found })
  beforeEach(() => void noted.splice(0))

  test('does not ask for what was missed, nor for modules without an ID', async () => {
    const none: SymbolFiles = { find: () => Promise.reject(new Error('asked')) }
    expect(await withMisses(none, server, memory(true)).find(module)).toBeNull()
    expect(await withMisses(none, server, memory(false)).find({ ...module, debugId: '' })).toBeNull()
    expect(noted).toEqual([])
  })

  test.each([true, false])('records whether a file is there (%s)', async (there) => {
    const found = await withMisses(filesWith(file(there)), server, memory(false)).find(module)
    expect(await found!.isThere!()).toBe(there)
    expect((await found!.read()) !== null).toBe(there)
    expect(noted).toEqual([
      [server, 'app/AB1/app.sym', there],
      [server, 'app/AB1/app.sym', there],
    ])
  })

  test('records nothing when the server fails', async () => {
    const failing: SymbolFiles = { find: () => Promise.reject(new Error('503')) }
    await expect(withMisses(failing, server, memory(false)).find(module)).rejects.toThrow('503')
    expect(noted).toEqual([])
  })
})

describe('at the exact minute', () => {
  const day = 24 * hour
  const documentOf = async () =>
    JSON.parse(new TextDecoder().decode(await (await crashes.get(await storedKey()))!.bytes()))

  test('a miss is kept for three days after its last question, and no longer', async () => {
    await note('a/AB1/a.sym')
    for (const [wait, expected] of [
      [3 * day - 1, 2],
      [1, 2],
    ] as const) {
      time += wait
      await note(`b${wait}/AB1/b.sym`)
      expect(Object.keys((await documentOf()).misses)).toHaveLength(expected)
    }
  })

  test('the miss of the later question stays; of the same minute, that of the last writer', async () => {
    const path = 'a/AB1/a.sym'
    await note(path)
    const [earlier, same] = [openMisses(), openMisses()]
    time += hour
    await earlier.note(server, path, false)
    time += 60_000
    const later = openMisses()
    await later.note(server, path, false)
    await same.note(server, path, false)
    await later.save()
    await earlier.save()
    const minute = time / 60_000
    expect(Object.values((await documentOf()).misses)).toEqual([[minute, 2]])
    const { server: of, version, misses } = await documentOf()
    const [name] = Object.keys(misses)
    const key = await storedKey()
    const stored = { version, server: of, misses: { [name!]: [minute, 16] } }
    await crashes.put(key, new TextEncoder().encode(JSON.stringify(stored)))
    await same.save()
    expect(await documentOf()).toEqual({ version: 1, server, misses: { [name!]: [minute, 2] } })
  })
})
