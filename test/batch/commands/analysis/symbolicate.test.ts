import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answeredRequests } from '../../../contract/symbolication-answers.ts'
import { other, testproj, vectorFiles } from '../../../contract/symbolication-files.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-symbolicate-'))
const symbols = join(scratch, 'symbols')

beforeAll(() => {
  for (const [path, text] of Object.entries(vectorFiles)) {
    mkdirSync(join(symbols, dirname(path)), { recursive: true })
    writeFileSync(join(symbols, path), text)
  }
})
afterAll(() => rmSync(scratch, { recursive: true }))

let files = 0
/** Runs the command with a request in a file. */
function symbolicate(body: string, ...args: string[]) {
  const file = join(scratch, `request-${files++}.json`)
  writeFileSync(file, body)
  const cache = ['--symbol-cache', join(scratch, 'cache')]
  return callMayday(['symbolicate', file, '--symbols', symbols, ...cache, ...args])
}

describe('mayday symbolicate', () => {
  test('gives the answers of the edge', async () => {
    for (const { name, version, body, answer } of answeredRequests) {
      const { code, stdout } = await symbolicate(body, ...(version === 4 ? ['--v4'] : []))
      expect([name, code, JSON.parse(stdout)]).toEqual([name, 0, answer])
    }
  })

  test('has no limits on the size of a request', async () => {
    const job = { memoryMap: [['testproj', testproj]], stacks: [Array(10_000).fill([0, 0x5380])] }
    const { code, stdout } = await symbolicate(JSON.stringify({ jobs: Array(11).fill(job) }))
    expect(code).toBe(0)
    const { results } = JSON.parse(stdout)
    expect(results).toHaveLength(11)
    expect(results[10].stacks[0].at(-1)).toMatchObject({ frame: 9999, function: 'testproj::main' })
  })

  test('names modules whose symbols cannot be used', async () => {
    const modules = [
      ['junk.so', other],
      ['gone.so', other],
    ]
    const { code, stderr } = await symbolicate(
      JSON.stringify({
        memoryMap: modules,
        stacks: [
          [
            [0, 1],
            [1, 1],
          ],
        ],
      }),
    )
    expect(code).toBe(0)
    expect(stderr).toBe(`mayday: junk.so/${other}: The symbol file cannot be used: it has no valid record\n`)
  })

  test('adds functions and lines below the frames of a text', async () => {
    const text = 'Received signal 11\n#0 0x55d8f3c5a4d9 (/opt/testproj+0x5380)\n#1 0x55 (/opt/gone.so+0x10)'
    expect(await symbolicate(text, '--id', `testproj=${testproj}`)).toEqual({
      code: 0,
      stdout: `Received signal 11
#0 0x55d8f3c5a4d9 (/opt/testproj+0x5380)
#1 0x55 (/opt/gone.so+0x10)
`,
      stderr: `mayday: gone.so: the text does not state its debug ID: pass --id 'gone.so=<debug ID>'\n`,
    })
    const frame = 'testproj + 0x5380'
    expect((await symbolicate(frame, '--id', `testproj=${testproj}`)).stdout).toBe(
      `${frame}\n      testproj::main  /home/willkg/projects/testproj/src/main.rs:1\n`,
    )
    const named = await symbolicate('app.exe + 0x5389', '--id', `app.exe=testproj/${testproj.toLowerCase()}`)
    expect(named.stdout).toMatch(/testproj::main .*main\.rs:2\n$/)
  })

  test('takes IDs from the text, and does not let it control the terminal', async () => {
    const images = `0x100001000 - 0x100009fff testproj (1) <${testproj.slice(0, 32)}> /opt/testproj`
    const { stdout } = await symbolicate(
      `\u001b[2J\n0   testproj   0x0000000100006380 0x100001000 + 21376\n${images}`,
    )
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      '\\u001b[2J',
      '0   testproj   0x0000000100006380 0x100001000 + 21376',
      '      testproj::main  /home/willkg/projects/testproj/src/main.rs:1',
    ])
  })

  test.each([
    ['no frame\n', [], /none of its lines shows a frame/],
    ['a + 0x1', ['--v4'], /--v4 is for requests/],
    ['a + 0x1', ['--id', 'a'], /must have the form <module>=<debug ID>/],
    ['{}', ['--id', 'a=AB'], /--id is for text/],
  ])('refuses %j with %j', async (text, args, message) => {
    const { code, stderr } = await symbolicate(text, ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test.each([
    ['{}', 2, 'job 0 is invalid: no stacks specified'],
    ['{', 1, 'Payload is not valid JSON'],
  ])('refuses %s with the text of the API', async (body, code, text) => {
    expect(await symbolicate(body)).toEqual({ code, stdout: '', stderr: `mayday: ${text}\n` })
  })

  test.each([
    [['/no/such/file', '--symbols', '.'], 1, /^mayday: \/no\/such\/file cannot be read/],
    [['x.json', '--symbols', '/no/such/folder'], 2, /no such folder/],
    [['x.json'], 2, /^mayday: Name places of symbol files with --symbols\n$/],
  ] as const)('%j fails with an explanation', async (args, code, text) => {
    const outcome = await callMayday(['symbolicate', ...args])
    expect([outcome.code, outcome.stdout]).toEqual([code, ''])
    expect(outcome.stderr).toMatch(text)
  })
})
