// The prompt as a user sees it: in a real terminal, which Python's pty provides.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { complete } from '../../../../batch/sql/prompt/completion.ts'
import { replyTo } from '../../../../batch/sql/prompt/prompt-commands.ts'

const hasPty = spawnSync('python3', ['-c', 'import pty']).status === 0
const dir = mkdtempSync(join(tmpdir(), 'mayday-prompt-'))
mkdirSync(join(dir, 'lake'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What to type after a text has appeared. */
type Step = readonly [seen: string, typed: string]

/** Runs the prompt and types each step; returns everything that appeared. */
function converse(steps: readonly Step[]): Promise<string> {
  const root = resolve(import.meta.dirname, '../../../..')
  const command = [process.execPath, join(root, 'batch/mayday.js'), 'sql', '--store', `file:${dir}`]
  const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'
  const env = {
    ...process.env,
    MAYDAY_CACHE: join(dir, 'cache'),
    XDG_STATE_HOME: join(dir, 'state'),
    TERM: 'xterm',
  }
  const child = spawn('python3', ['-c', script, ...command], {
    cwd: root,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let shown = ''
  let from = 0
  let next = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += stripVTControlCharacters(text)
    for (let step = steps[next]; step; step = steps[next]) {
      const at = shown.indexOf(step[0], from)
      if (at < 0) return
      from = at + step[0].length
      next++
      child.stdin.write(step[1])
    }
  })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', () => done(shown))
  })
}

const end: Step = ['mayday> ', '.exit\n']

describe.skipIf(!hasPty)('the prompt (skipped without python3)', { timeout: 60_000 }, () => {
  test('runs statements of several lines, shows the time, and completes names', async () => {
    const shown = await converse([
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
    const shown = await converse([
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
    await converse([['mayday> ', "select 'remember' as r;\n"], ['remember', ''], [' s', ''], end])
    const path = join(dir, 'state/mayday/sql_history')
    expect(readFileSync(path, 'utf8')).toContain("select 'remember' as r;\n")
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const shown = await converse([['mayday> ', '\x1b[A\x1b[A'], ["'remember'", '\n'], ['(1 row)', ''], end])
    expect(shown).toContain('remember')
  })
})

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
