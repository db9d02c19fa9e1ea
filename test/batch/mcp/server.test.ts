// The server for language models, in one process with its client: bounded answers, and the texts of failures.
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { afterEach, expect, test, vi } from 'vitest'
import { createMcpServer } from '../../../batch/mcp/mcp-server.ts'
import type { CrashSource } from '../../../batch/mcp/source.ts'
import { CrashError } from '../../../shared/errors.ts'

const crashId = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const mostCharacters = 40_000

afterEach(() => void vi.restoreAllMocks())

/** The answer of the tool `sql` over a source with these rows. */
async function ask(sql: CrashSource['sql']) {
  const unused = () => Promise.reject(new Error('not asked'))
  const source = { document: unused, report: unused, search: unused, symbolicate: unused, dashboard: '' }
  const server = createMcpServer({ ...source, sql }, '1.2.3')
  const client = new Client({ name: 'test', version: '1' })
  const [near, far] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(far), client.connect(near)])
  try {
    const answer = await client.callTool({ name: 'sql', arguments: { sql: 'select 1' } })
    const [content] = answer.content as [{ type: string; text: string }]
    return { server: client.getServerVersion(), text: content.text, isError: answer.isError ?? false }
  } finally {
    await client.close()
  }
}

/** The JSON of an answer of this length, which ends in the characters given. */
const rowsOfLength = (length: number, end = '') => {
  const row = (text: string) => ({ rows: [`${text}${end}`], isCut: false })
  const around = JSON.stringify({ rows: row('').rows }).length
  return row('x'.repeat(length - around))
}

test('an answer of 40,000 characters is whole', async () => {
  const answer = rowsOfLength(mostCharacters)
  const { server, text, isError } = await ask(async () => answer)
  expect(server).toMatchObject({ name: 'mayday', title: 'Mayday', version: '1.2.3' })
  expect(text).toHaveLength(mostCharacters)
  expect([JSON.parse(text), isError]).toEqual([{ rows: answer.rows }, false])
})

test('a longer answer is cut, and states how long it is', async () => {
  const answer = rowsOfLength(mostCharacters + 1)
  const { text, isError } = await ask(async () => answer)
  const whole = JSON.stringify({ rows: answer.rows })
  expect(text).toBe(`${whole.slice(0, mostCharacters)}… (cut: 40001 characters; ask for less)`)
  expect(isError).toBe(false)
})

test('half a character at the cut is replaced', async () => {
  // Of `𝄞"]}`, the first half of the sign is within.
  const { text } = await ask(async () => rowsOfLength(mostCharacters + 4, '𝄞'))
  expect(text.slice(mostCharacters - 2, mostCharacters + 1)).toBe('x\ufffd…')
})

test('what is wrong with a request is the text of an error', async () => {
  const refuse = () => Promise.reject(new CrashError('bad-usage', `There is no report ${crashId}`))
  expect(await ask(refuse)).toMatchObject({ text: `There is no report ${crashId}`, isError: true })
})

test('an error in Mayday is described on standard error, not to the model', async () => {
  let printed = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
  const fail = () => Promise.reject(new TypeError('secret'))
  expect(await ask(fail)).toMatchObject({
    text: 'The tool failed because of an error in Mayday',
    isError: true,
  })
  expect(printed).toMatch(/^mayday: sql: TypeError: secret\n/)
})

test('a tool that takes longer than 90 s is stopped', async () => {
  const ended = new AbortController()
  const limits: number[] = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    limits.push(ms)
    return ended.signal
  })
  const late: CrashSource['sql'] = (_sql, _most, signal) => {
    const { promise, reject } = Promise.withResolvers<never>()
    signal.addEventListener('abort', () => reject(signal.reason))
    ended.abort(new Error('late'))
    return promise
  }
  expect(await ask(late)).toMatchObject({ text: 'This took too long: ask for less', isError: true })
  expect(limits).toEqual([90_000])
})
