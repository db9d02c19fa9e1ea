// Runs every query of docs/sql.md and compares the results with the page. UPDATE_DOCS=1 writes the results instead.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { importUsage } from '../../../batch/derived/usage-import.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { writeResult } from '../../../batch/sql/output/write-result.ts'
import { readSavedQueries, type SavedQuery, savedQuery } from '../../../batch/sql/saved-queries.ts'
import { openSession, type Session } from '../../../batch/sql/session.ts'
import { memoryStores } from '../support/rows.ts'

const page = resolve(import.meta.dirname, '../../../docs/sql.md')
const queries = readSavedQueries()

const dir = mkdtempSync(join(tmpdir(), 'mayday-sql-'))
const open = { url: 'memory:', stores: memoryStores(), cacheDir: dir, config: readConfig({}) }
let session: Session
beforeAll(async () => {
  await using files = await openFiles(open)
  await simulateCrashes(files, { crashes: 50_000, days: 28, seed: 1, to: '2026-10-21', modules: true })
  await deriveDays(files)
  const usage = join(dir, 'usage.csv')
  writeFileSync(usage, /^```csv\n([\s\S]*?)^```/m.exec(readFileSync(page, 'utf8'))![1]!)
  await importUsage(files, usage)
  session = await openSession(open)
})
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

async function answerTo({ sql, examples }: SavedQuery): Promise<string> {
  let text = ''
  const write = async (data: string | Uint8Array) => {
    text += data
  }
  const options = { format: 'table', mostRows: 100, values: Object.fromEntries(examples) } as const
  await writeResult(session, sql, options, { write, isTerminal: false })
  return text
}

describe('docs/sql.md', () => {
  test('every block of SQL has a unique name and a result', () => {
    const blocks = readFileSync(page, 'utf8').match(/^```sql/gm) ?? []
    expect(queries.length).toBeGreaterThanOrEqual(20)
    expect(queries).toHaveLength(blocks.length)
    expect(new Set(queries.map((query) => query.name)).size).toBe(queries.length)
    expect(queries.filter((query) => query.result === null)).toEqual([])
  })

  test.each(queries.map((query) => [query.name, query] as const))('%s', async (_name, query) => {
    const answer = await answerTo(query)
    if (!process.env.UPDATE_DOCS) return expect(answer).toBe(query.result)
    const block = (result: string) => `${query.sql}\n\`\`\`\n\n\`\`\`text\n${result}\`\`\``
    const now = readFileSync(page, 'utf8')
    writeFileSync(
      page,
      now.replace(block(query.result ?? ''), () => block(answer)),
    )
  })

  test('an unknown name is refused with all names', () => {
    expect(() => savedQuery('top-crasher')).toThrow('top-crashers, rising-signatures')
  })
})
