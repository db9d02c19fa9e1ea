// A store with table files for tests of bugs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../../batch/config.ts'
import { openSession } from '../../../batch/sql/session.ts'
import { memoryStores } from '../support/rows.ts'

/** An empty store in memory with its cache. */
export function openBugStore() {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-bugs-'))
  const open = { url: 'memory:', stores: memoryStores(), cacheDir: dir, config: readConfig({}) }
  /** Rows of a statement, as text. */
  const rowsOf = async (sql: string): Promise<string[]> => {
    await using session = await openSession(open)
    const { result } = await session.run(sql)
    return (await result.getRows()).map((row) =>
      row.map((value) => String(value).replaceAll("'", '')).join(' '),
    )
  }
  return { open, dir, rowsOf, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}
