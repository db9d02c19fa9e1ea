// How `mayday signature` reads lines from standard input, regardless of where its chunks end.
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { callMayday } from '../../../support/run-mayday.ts'

/** The signatures of crashes that arrive in these chunks. */
async function sign(...chunks: string[]) {
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!
  onTestFinished(() => void Object.defineProperty(process, 'stdin', stdin))
  const value = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
  Object.defineProperty(process, 'stdin', { value, configurable: true })
  const { code, stdout, stderr } = await callMayday(['signature', '--format', 'json'])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, signatures: lines.map((line) => JSON.parse(line).signature) }
}

const crash = (name: string) => JSON.stringify({ threads: [{ frames: [{ function: name }] }] })
const [a, b] = [crash('a'), crash('b')]

test.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['lines in one chunk', [`${a}\n${b}\n`], ['a', 'b']],
  ['a last line without an end', [`${a}\n${b}`], ['a', 'b']],
  ['a chunk for each line', [`${a}\n`, `${b}\n`], ['a', 'b']],
  ['a chunk that begins with the end of a line', [a, `\n${b}`, '\n'], ['a', 'b']],
  ['a line in three chunks', [a.slice(0, 5), a.slice(5, 9), `${a.slice(9)}\n${b}`], ['a', 'b']],
  ['empty lines and white space', [`\n\n  ${a}\r\n\n`, `\n${b} \n `], ['a', 'b']],
])('%s', async (_, chunks, signatures) => {
  expect(await sign(...chunks)).toEqual({ code: 0, stderr: '', signatures })
})

test('a line that cannot be read is named by its number; the others are signed', async () => {
  const { code, stderr, signatures } = await sign(`${a}\n\n[1]\n${b}`)
  expect([code, stderr]).toEqual([1, 'mayday: line 3: not a JSON object\n'])
  expect(signatures).toEqual(['a', undefined, 'b'])
})
