// Runs every query of docs/sql.md and compares the results with the page. UPDATE_DOCS=1 writes the results instead.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import { queryAs } from '../../../batch/cli/query-output.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { memoryStores } from '../support/rows.ts'

const page = resolve(import.meta.dirname, '../../../docs/sql.md')
const text = readFileSync(page, 'utf8')
const block = /```sql\n([\s\S]*?)\n```\n\n```text\n([\s\S]*?)```/g
const queries = [...text.matchAll(block)].map((match) => ({ sql: match[1]!, answer: match[2]! }))
const titles = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]!)

const dir = mkdtempSync(join(tmpdir(), 'mayday-sql-'))
const open = { url: 'memory:', stores: memoryStores(), cacheDir: dir, config: readConfig({}) }
let lake: Lake
beforeAll(async () => {
  const files = await openFiles(open)
  await simulateCrashes(files, { crashes: 50_000, days: 28, seed: 1, to: '2026-10-21', modules: true })
  await deriveDays(files)
  await files.close()
  lake = await openLake(open)
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

describe('docs/sql.md', () => {
  test('has at least twenty queries, each under a title', () => {
    expect(queries.length).toBeGreaterThanOrEqual(20)
    expect(queries).toHaveLength(titles.length)
  })

  test.each(queries.map((query, i) => [titles[i]!, query] as const))(
    '%s',
    async (_title, { sql, answer }) => {
      const result = await queryAs(lake.database.connection, sql, 'table', dir)
      if (process.env.UPDATE_DOCS) {
        const now = readFileSync(page, 'utf8')
        writeFileSync(
          page,
          now.replace(
            `${sql}\n\`\`\`\n\n\`\`\`text\n${answer}\`\`\``,
            () => `${sql}\n\`\`\`\n\n\`\`\`text\n${result}\`\`\``,
          ),
        )
      } else expect(result).toBe(answer)
    },
  )
})
