// Options and arguments with the names of inherited properties: one line of error, or the name treated as data.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { leakedCode } from '../../contract/hostile-names.ts'
import { callMayday } from '../../support/run-mayday.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-names-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const dumps = resolve(import.meta.dirname, '../../fixtures/dumps')
const store = ['--store', `file:${scratch}/store`]

describe.each(['constructor', '__proto__'])('%s', (name) => {
  test.each([
    [[name]],
    [['sql', 'select 1', '--format', name, ...store]],
    [['submit', 'x.dmp', '--client', name]],
    [['submit', 'x.dmp', '-a', `${name}=${name}`, '--url', 'http://127.0.0.1:9/submit']],
    [['policy', 'check', name]],
    [['policy', 'explain', name, 'x']],
    [['policy', name]],
    [['process', '--date', name, ...store]],
    [['process', '--crash-id', name, ...store]],
    [['process', '--lists', name, ...store]],
    [['process', '--symbols', name, ...store]],
    [['expunge', name, ...store]],
    [['signature', name, ...store]],
    [['verify', '--store', name]],
    [['stackwalk', name]],
    [['symbols', name]],
  ])('mayday %j ends with one line', async (args) => {
    const { stdout, stderr } = await callMayday(args)
    expect(stdout + stderr).not.toMatch(leakedCode)
    expect(stderr).not.toMatch(/^ {4}at |TypeError/m)
  })
})

test('an annotation __proto__ on the command line is sent unchanged', async () => {
  let received = ''
  const server = createServer((request, response) => {
    request.setEncoding('latin1').on('data', (text: string) => {
      received += text
    })
    request.on('end', () => response.end('Discarded=rule_x'))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const dump = join(dumps, readdirSync(dumps).sort()[0]!)
  await callMayday(['submit', dump, '-a', '__proto__=kept', '--url', `http://127.0.0.1:${port}/submit`])
  server.close()
  expect(received).toContain('name="__proto__"')
})
