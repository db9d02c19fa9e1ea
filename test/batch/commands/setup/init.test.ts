// `mayday init`, and the settings file that it writes.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { readSettingsFile } from '../../../../batch/settings-file.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-init-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const folder = join(scratch, 'crashes')
const store = `file:${join(folder, 'data')}`
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

describe('mayday init', () => {
  test('makes settings that only the user can read, a policy and a product file', async () => {
    const { code, stdout } = await callMayday(['init', folder, '--product', 'My App'])
    expect(code).toBe(0)
    expect(stdout).toContain("-F 'ProductName=My App'")
    expect(statSync(join(folder, 'mayday.env')).mode & 0o777).toBe(0o600)
    const settings = parseEnv(read('mayday.env'))
    expect(settings.CRASH_ID_KEY).toMatch(/^[0-9a-f]{64}$/)
    const checked = await callMayday(['products', 'check', join(folder, 'products/my-app.json')])
    expect(checked.code).toBe(0)
    expect((await callMayday(['policy', 'check', join(folder, 'policy.json')])).code).toBe(0)
  })

  test('makes a store with the policy and the token of the settings', async () => {
    expect(JSON.parse(read('data/crashes/config/policy.json'))).toEqual(JSON.parse(read('policy.json')))
    const { stdout } = await callMayday(['tokens', 'list', '--store', store, '--json'])
    expect(JSON.parse(stdout).tokens).toMatchObject([{ label: 'first', findings: [] }])
  })

  test('overwrites nothing, and writes nothing then', async () => {
    const before = read('mayday.env')
    const again = await callMayday(['init', folder, '--product', 'Other'])
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^mayday: .*overwrites nothing.*\n$/),
    })
    expect(read('mayday.env')).toBe(before)
    expect(statSync(join(folder, 'products/other.json'), { throwIfNoEntry: false })).toBeUndefined()
  })

  test.each(['$(id)', "a'b", '-x', 'a\u001b[2J', ''])('refuses the product name %j', async (name) => {
    const { code, stderr } = await callMayday(['init', join(scratch, 'other'), `--product=${name}`])
    expect(code).toBe(2)
    expect(stderr).not.toContain('\u001b')
  })
})

describe('mayday policy put', () => {
  test('replaces the policy of the store by a valid one only', async () => {
    const bad = join(scratch, 'bad.json')
    writeFileSync(bad, '{"name": "bad", "version": 1, "rules": [{}]}')
    expect(await callMayday(['policy', 'put', bad, '--store', store])).toMatchObject({ code: 1 })
    expect(JSON.parse(read('data/crashes/config/policy.json')).name).toBe('accept-all')
    expect(await callMayday(['policy', 'put', 'mozilla', '--store', store])).toMatchObject({ code: 0 })
    expect(JSON.parse(read('data/crashes/config/policy.json')).name).toBe('mozilla')
  })
})

describe('the settings file', () => {
  const write = (text: string) => writeFileSync(join(scratch, 'mayday.env'), text)

  test('adds what the environment lacks', () => {
    write('# a comment\nPORT=1234\nMAYDAY_STORE="file:./x"\nAWS_REGION=eu\n')
    expect(readSettingsFile({ PORT: '1' }, scratch)).toEqual({ MAYDAY_STORE: 'file:./x', AWS_REGION: 'eu' })
  })

  test('may be absent', () => {
    expect(readSettingsFile({}, join(scratch, 'nowhere'))).toEqual({})
  })

  test.each([
    ['READ_TOKN=x', 'READ_TOKN is not a setting; did you mean READ_TOKEN?'],
    ['NODE_OPTIONS=--require=evil', 'NODE_OPTIONS is not a setting'],
    ['LD_PRELOAD=evil.so', 'LD_PRELOAD is not a setting'],
  ])('is refused with %s', (text, message) => {
    write(text)
    expect(() => readSettingsFile({}, scratch)).toThrow(message)
  })
})
