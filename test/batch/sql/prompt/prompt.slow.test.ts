// The prompt as a user sees it: in a real terminal.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { complete } from '../../../../batch/sql/prompt/completion.ts'
import { replyTo } from '../../../../batch/sql/prompt/prompt-commands.ts'
import { converse, hasTerminal, type Step } from '../../../support/terminal.ts'
import { until } from '../../../support/until.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-prompt-'))
mkdirSync(join(dir, 'lake'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const mayday = resolve(import.meta.dirname, '../../../../batch/mayday.js')
const env = {
  ...process.env,
  MAYDAY_CACHE: join(dir, 'cache'),
  XDG_STATE_HOME: join(dir, 'state'),
  TERM: 'xterm',
}
const prompt = (steps: readonly Step[]) =>
  converse([process.execPath, mayday, 'sql', '--store', `file:${dir}`], steps, env)

const end: Step = ['mayday> ', '.exit\n']

describe.skipIf(!hasTerminal)('the prompt (skipped without python3)', { timeout: 60_000 }, () => {
  test('runs statements of several lines, shows the time, and completes names', async () => {
    const shown = await prompt([
      ['mayday> ', 'select 40\n'],
      ['...> ', '+ 2 as answer; select $$a;b$$ as quoted;\n'],
      ['a;b', ''],
      [' s', ''],
      ['mayday> ', 'describe unique_cr\t'],
      ['unique_crashes', ';\n'],
      ['crash_id', ''],
      end,
    ])
    expect(shown).toMatch(/answer\s+─+\s+42/)
    expect(shown).toMatch(/\d\.\d\d s/)
  })

  test('Ctrl-C stops the statement and not the session', async () => {
    const shown = await prompt([
      ['mayday> ', 'select count(*) from range(1000000000000) t(a) where a % 7 = 3;\n'],
      ['= 3;', ''],
      ['\n', '\x03'],
      ['Interrupted', ''],
      ['mayday> ', 'select 41 + 1 as answer;\n'],
      ['42', ''],
      end,
    ])
    expect(shown).toMatch(/Interrupted\s+mayday> /)
  })

  test('keeps history for the next session, only for its user', async () => {
    await prompt([['mayday> ', "select 'remember' as r;\n"], ['remember', ''], [' s', ''], end])
    const path = join(dir, 'state/mayday/sql_history')
    expect(readFileSync(path, 'utf8')).toContain("select 'remember' as r;\n")
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const shown = await prompt([['mayday> ', '\x1b[A\x1b[A'], ["'remember'", '\n'], ['(1 row)', ''], end])
    expect(shown).toContain('remember')
  })
})

describe.skipIf(!hasTerminal)('a program in a terminal (skipped without python3)', () => {
  const file = join(dir, 'pid')
  const started = () => existsSync(file) && readFileSync(file, 'utf8').endsWith('.')
  const program = `require('fs').writeFileSync(${JSON.stringify(file)}, process.pid + '.'); setInterval(() => {}, 1000)`

  test('runs', async () => {
    void converse([process.execPath, '-e', program], [])
    await until(started)
  })

  test('ends with its test', async () => {
    await until(() => !isRunning(Number.parseInt(readFileSync(file, 'utf8'), 10)))
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('replyTo', () => {
  test.each(['.exit', '.quit', 'exit', 'quit', 'QUIT;', ' exit '])('%j ends the session', (line) => {
    expect(replyTo(line)).toBe('exit')
  })

  test.each([
    ['.help', '.schema'],
    ['help', '.schema'],
    ['.tables', 'unique_crashes'],
    ['.schema crashes', 'crash_id'],
    ['.queries', 'top-crashers'],
    ['.wrong', '.help lists them'],
  ])('%j shows text', (line, expected) => {
    expect(replyTo(line)).toMatchObject({ text: expect.stringContaining(expected) })
  })

  test.each([
    ['.schema frames', 'DESCRIBE frames'],
    ['.query hangs', "report_type = 'hang'"],
  ])('%j runs SQL', (line, expected) => {
    expect(replyTo(line)).toMatchObject({ sql: expect.stringContaining(expected) })
  })

  test.each(['select 1;', 'explain select exit', 'quite'])('%j is SQL', (line) => {
    expect(replyTo(line)).toBeNull()
  })
})

describe('complete', () => {
  const words = {
    views: ['crashes', 'builds'],
    language: ['count', 'SELECT'],
    commands: ['.tables', '.schema'],
  }
  test.each([
    ['select co', ['count'], 'co'],
    ['select c', ['crashes', 'crash_id', 'count'], 'c'],
    ['select crash_', ['crash_id'], 'crash_'],
    ['from ', ['crashes', 'builds'], ''],
    ['from b', ['builds'], 'b'],
    ['.t', ['.tables'], '.t'],
    ['.schema c', ['crashes'], 'c'],
    ['select ', [], ''],
  ])('%j', (line, candidates, word) => {
    expect(complete(line, words, ['crash_id'])).toEqual([candidates, word])
  })
})
