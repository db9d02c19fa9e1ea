import { describe, expect, test } from 'vitest'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { createTestEdge } from '../edge.support.ts'

const id = (digit: string) => digit.repeat(33)
const edge = createTestEdge()
let now = new Date('2026-11-01T00:00:00Z')
const symbols = createMemoryStorage(() => now)
edge.deps.stores.symbols = symbols
for (const [day, key] of [
  ['2026-11-02', `app.pdb/${id('A')}/app.sym`],
  ['2026-11-03', `app.pdb/${id('B')}/app.sym`],
  ['2026-11-03', `app.pdb/${id('B')}/app.pd_`],
  ['2026-11-01', `app.exe/${id('C')}/app.exe.sym`],
  ['2026-11-01', `app.pdb.bak/${id('D')}/app.pdb.bak.sym`],
  ['2026-11-01', 'app.pdb/notes.txt'],
] as const) {
  now = new Date(`${day}T00:00:00Z`)
  await symbols.put(key, new Uint8Array(1))
}

async function ask(name: string) {
  const { status, text, headers } = await edge.ask(new Request(`http://localhost/symbols/api/ids/${name}`))
  const found = JSON.parse(text).symbols as { debug_file: string; debug_id: string; stored_at: string }[]
  return {
    status,
    headers,
    found: found?.map((row) => [row.debug_file, row.debug_id[0], row.stored_at.slice(0, 10)]),
  }
}

describe('stored symbols of a module', () => {
  test('are listed with the newest first', async () => {
    const { status, headers, found } = await ask('app.pdb')
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    expect(found).toEqual([
      ['app.pdb', 'B', '2026-11-03'],
      ['app.pdb', 'A', '2026-11-02'],
    ])
  })

  test('of a program of Windows include those of its debug file', async () => {
    expect((await ask('app.exe')).found).toEqual([
      ['app.pdb', 'B', '2026-11-03'],
      ['app.pdb', 'A', '2026-11-02'],
      ['app.exe', 'C', '2026-11-01'],
    ])
  })

  test.each(['unknown.so', 'symdex', '..%5C', '%22', 'a%20b'])('there are none of %s', async (name) => {
    expect((await ask(name)).found).toEqual([])
  })

  const many = async (count: number, name = 'many') => {
    const padded = (number: number) => `${number}`.padStart(33, '0')
    now = new Date('2026-11-05T00:00:00Z')
    for (let i = 0; i < count; i++) await symbols.put(`${name}/${padded(i)}/notes.txt`, new Uint8Array(1))
    await symbols.put(`${name}/${'F'.repeat(33)}/${name}.sym`, new Uint8Array(1))
    return (await ask(name)).found.length
  }

  test('are looked for among 2,000 files', async () => {
    expect([await many(1999), await many(2000)]).toEqual([1, 0])
  })

  test('are 200 at most', async () => {
    for (let i = 0; i < 201; i++)
      await symbols.put(`b.so/${`${i}`.padStart(33, 'A')}/b.so.sym`, new Uint8Array(1))
    expect((await ask('b.so')).found).toHaveLength(200)
  })

  test('a client that reads too often is refused', async () => {
    const limited = createTestEdge()
    limited.deps.mayRead = async () => false
    expect((await limited.ask(new Request('http://localhost/symbols/api/ids/a'))).status).toBe(429)
  })
})
