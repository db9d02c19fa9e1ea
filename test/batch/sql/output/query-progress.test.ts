import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../../batch/config.ts'
import { openSession } from '../../../../batch/sql/session.ts'
import { converse, hasTerminal } from '../../../support/terminal.ts'
import { until } from '../../../support/until.ts'
import { memoryStores } from '../../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-progress-'))
mkdirSync(join(dir, 'lake'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a session reports how much of its statement is done, and nothing while none is executed', async () => {
  await using session = await openSession({
    url: 'memory:',
    stores: memoryStores(),
    cacheDir: dir,
    config: readConfig({}),
  })
  expect(session.progress()).toBeNull()
  const path = join(dir, 'numbers.parquet')
  await session.run(`COPY (SELECT range AS n FROM range(1000000)) TO '${path}'`)
  const running = session.run(
    `SELECT count(*) FROM '${path}' WHERE ${'md5('.repeat(9)}n::VARCHAR${')'.repeat(9)} = ''`,
  )
  await until(() => (session.progress() ?? 0) > 0)
  await (await running).result.getRows()
})

describe.skipIf(!hasTerminal)('in a terminal (skipped without python3)', () => {
  test('a long statement shows progress, and Ctrl-C ends it', async () => {
    const mayday = resolve(import.meta.dirname, '../../../../batch/mayday.js')
    const endless = 'SELECT count(*) FROM range(1000000000000) t(a) WHERE a % 7 = 3'
    const env = { ...process.env, MAYDAY_CACHE: join(dir, 'cache'), TERM: 'xterm' }
    const command = [process.execPath, mayday, 'sql', '--store', `file:${dir}`, endless]
    const shown = await converse(command, [['Query', '\x03']], env)
    expect(shown).not.toContain('count_star')
  })
})
