import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { processedKey } from '../../../../shared/keys.ts'
import { openStores } from '../../../../shared/storage/open.node.ts'
import { hostileNames } from '../../../contract/hostile-names.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-signature-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** Runs `mayday signature` with a text on standard input. */
function sign(
  input: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const root = resolve(import.meta.dirname, '../../../..')
  const child = spawn(process.execPath, ['batch/mayday.ts', 'signature', ...args], { cwd: root })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.end(input)
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, stdout, stderr }))
  })
}

const crash = (name: string, more: object = {}) => ({ threads: [{ frames: [{ function: name }] }], ...more })
const lines = (...values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

describe('mayday signature', () => {
  test('prints one line of JSON per line, in order', async () => {
    const input = lines(...Array.from({ length: 3000 }, (_, i) => crash(`foo${i}`)))
    const { code, stdout } = await sign(input, '--format', 'json')
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(results.length).toBe(3000)
    expect(results.map(({ signature }) => signature)).toEqual(
      Array.from({ length: 3000 }, (_, i) => `foo${i}`),
    )
    expect(results[7]).toEqual({ signature: 'foo7', proto_signature: 'foo7', notes: [] })
  })

  test('accepts processed crashes, numbers as text, and a last line without a line break', async () => {
    const processed = {
      crash_id: 'x',
      hang: 'ui',
      json_dump: { crash_info: { crashing_thread: 0 }, threads: crash('a').threads },
    }
    const input = `${lines(processed)}{"async_shutdown_timeout":"{\\"conditions\\":[1.0]}","hang":2.0}`
    const { stdout } = await sign(input, '--format', 'json')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { crash_id: 'x', signature: 'hang: ui | a', proto_signature: 'a', notes: [] },
      expect.objectContaining({ signature: 'hang: 2.0 | AsyncShutdownTimeout | (unknown) | 1.0' }),
    ])
  })

  test.each(hostileNames)('does not know a format, preset or signatures named %s', async (name) => {
    for (const option of ['--format', '--preset', '--compat']) {
      const { code, stderr } = await callMayday(['signature', option, name])
      expect([option, code, stderr]).toEqual([option, 2, expect.stringMatching(/^mayday: [^\n]+\n$/)])
    }
  })

  test('reports an unreadable line and continues', async () => {
    const { code, stdout, stderr } = await sign(`nonsense\n[1]\n\n${lines(crash('a'))}`, '--format', 'json')
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(results.map((result) => Object.keys(result)[0])).toEqual(['error', 'error', 'signature'])
    expect(stderr).toMatch(/line 1: not JSON.*\n.*line 2: not a JSON object/)
    expect(code).toBe(1)
  })

  const input = lines(
    crash('a', { original_signature: 'a' }),
    crash('b `c`', { original_signature: 'x', hang: 'ui' }),
    {},
  )

  test('writes text', async () => {
    expect((await sign(input)).stdout).toBe(`Crash id: line 1
Original: a
New:      a
Same?:    True

Crash id: line 2
Original: x
New:      hang: ui | \`c\`
Same?:    False

Crash id: line 3
Original: 
New:      EMPTY: no frame data available
Same?:    False
Notes:    (1)
          SignatureGenerationRule: CSignatureTool: no frame data for crashing thread (0)
`)
  })

  test('writes CSV', async () => {
    expect((await sign(input, '--format', 'csv')).stdout.split('\r\n')).toEqual([
      '"crashid","old","new","same?","notes"',
      '"line 1","a","a","True","[]"',
      '"line 2","x","hang: ui | `c`","False","[]"',
      `"line 3","","EMPTY: no frame data available","False","['SignatureGenerationRule: CSignatureTool: no frame data for crashing thread (0)']"`,
      '',
    ])
  })

  test('writes Markdown', async () => {
    const { stdout } = await sign(input, '--format', 'markdown')
    expect(stdout).toContain('**New:** `hang: ui | \\`c\\``\n**Same?:** False\n**Notes:** (0)')
  })

  test('writes only changed signatures', async () => {
    const { stdout } = await sign(input, '--diff', '--format', 'json')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).signature),
    ).toEqual(['hang: ui | `c`', 'EMPTY: no frame data available'])
  })

  test('explains how a signature was generated', async () => {
    const { stdout } = await sign(lines(crash('malloc')), '--verbose')
    expect(stdout).toContain('SignatureGenerationRule: selected malloc and continued: the C allocator')
  })

  test('uses other lists, names and presets', async () => {
    const entries = [{ role: 'prefix', starts: 'a', reason: 'r' }]
    writeFileSync(join(scratch, 'mine.json'), JSON.stringify({ topic: 't', entries }))
    const frames = ['a', 'b() const &&', 'c'].map((name) => ({ function: name }))
    const data = lines({ threads: [{ frames }], abort_message: 'hi' })
    const options = ['--lists', scratch, '--compat', 'mayday', '--preset', 'none', '--format', 'json']
    expect(JSON.parse((await sign(data, ...options)).stdout).signature).toBe('a | b')
  })

  test.each([
    [['--format', 'xml'], 2, '--format must be one of text, json, csv, markdown'],
    [['--compat', 'x'], 2, '--compat must be one of socorro, mayday'],
    [['--preset', 'x'], 2, 'unknown preset x'],
    [['--lists', '/nonexistent'], 1, 'cannot be read; specify a directory of lists'],
    [['not-an-id'], 1, 'not-an-id is not a crash ID'],
  ])('refuses %j', async (args, exitCode, message) => {
    const { code, stderr } = await callMayday(['signature', ...args])
    expect(stderr).toContain(message)
    expect(code).toBe(exitCode)
  })

  test('reads crashes of the store', async () => {
    const id = '1b1a2d4e-39b5-8ee0-a2c7-2f2d00261021'
    const url = `file:${join(scratch, 'store')}`
    const { stores, close } = await openStores(url, {})
    const document = { crash_id: id, signature: 'old', json_dump: { threads: crash('new').threads } }
    await stores.crashes.put(processedKey(id), zstdCompressSync(JSON.stringify(document)))
    await close()
    const { code, stdout, stderr } = await callMayday([
      'signature',
      `bp-${id}\r`,
      id.replace('1b', '2b'),
      '--store',
      url,
    ])
    expect(stdout).toBe(`Crash id: ${id}\nOriginal: old\nNew:      new\nSame?:    False\n`)
    expect(stderr).toContain('has no processed crash')
    expect(code).toBe(1)
  })
})
