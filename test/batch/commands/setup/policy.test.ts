// `mayday policy`, as users run it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { rawKey } from '../../../../shared/keys.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { policySchema } from '../../../../shared/throttle/policy.ts'
import { createTestEdge } from '../../../edge/edge.support.ts'
import { F, fakeDump, multipart, submitRequest, T } from '../../../support/crash-request.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-policy-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const all = { name: 'all', when: { kind: 'always' }, verdict: 'accept' }
const document = (rules: unknown[]) => JSON.stringify({ name: 'mine', version: 1, rules })

describe('mayday policy check', () => {
  test('describes a policy, and warns of likely mistakes', async () => {
    const dead = file('dead.json', document([all, { ...all, name: 'never' }]))
    const { code, stdout } = await callMayday(['policy', 'check', 'mozilla', dead, '--json'])
    expect(code).toBe(0)
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { file: 'mozilla', policy: 'mozilla', rules: 16, warnings: [] },
      { policy: 'mine', rules: 2, products: [], warnings: ['No report reaches never: all matches all.'] },
    ])
    const none = await callMayday(['policy', 'check', file('none.json', document([]))])
    expect(none.stdout).toContain('Reports that no rule decides are rejected (NO_MATCH).')
  })

  test.each([
    ['{', 'is not JSON'],
    [document([{ ...all, when: { kind: 'exist' } }]), 'rules[0].when.kind is "exist"; allowed are always'],
  ])('fails for %s', async (text, message) => {
    const { code, stderr } = await callMayday(['policy', 'check', file('bad.json', text)])
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
  })

  test('prints the schema', async () => {
    const { stdout } = await callMayday(['policy', 'schema'])
    expect(JSON.parse(stdout)).toEqual(policySchema())
  })
})

describe('mayday policy explain', () => {
  const killed = { ProductName: 'Firefox', Version: '145.0', ipc_channel_error: 'ShutDownKill' }

  test('reports which rule decides on a report, and why', async () => {
    const { code, stdout } = await callMayday([
      'policy',
      'explain',
      'mozilla',
      file('extra.json', JSON.stringify(killed)),
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('✓ is_shutdownkill: 10 % continue, the others reject\n')
    expect(stdout).toContain('    yes  ipc_channel_error ("ShutDownKill") is "ShutDownKill"\n')
    expect(stdout).toContain('\n10 % accept by accept_everything, each representing 10\n')
  })

  test('reads bodies (compressed or not), stored reports, raw crashes and crash IDs of the store', async () => {
    const edge = createTestEdge()
    const body = multipart([
      ...Object.entries(killed).map(([name, value]) => T(name, value)),
      F('upload_file_minidump', fakeDump(1000)),
    ])
    const { text } = await edge.ask(submitRequest(body))
    const id = text.trim().slice('CrashID=bp-'.length)
    const stored = await (await edge.crashes.get(rawKey(id)))!.bytes()
    await createFolderStorage(join(dir, 'store/crashes')).put(rawKey(id), stored)
    const rawCrash = (await edge.stored()).get(id)!.rawCrash
    const names = [
      file('body', body),
      file('body.gz', gzipSync(body)),
      file('stored', stored),
      file('raw.json', JSON.stringify(rawCrash)),
      `bp-${id}`,
    ]
    const results = await Promise.all(
      names.map(async (name) => {
        const args = ['policy', 'explain', 'mozilla', name, '--at', '2026-11-01T00:00:00Z', '--json']
        const { stdout, stderr } = await callMayday([...args, '--store', `file:${join(dir, 'store')}`])
        expect(stderr).toBe('')
        return JSON.parse(stdout) as { product: string; outcomes: unknown[]; verdict: unknown }
      }),
    )
    for (const one of results) expect(one).toEqual(results[0])
    expect(results[0]).toMatchObject({ policy: 'mozilla', product: 'Firefox', verdict: null })
  })

  test('with the key of the edge, reports the decision of the edge for the same report', async () => {
    const edge = createTestEdge({ MAYDAY_POLICY: 'mozilla', CRASH_ID_KEY: 'another key of tests' })
    const bodies = Array.from({ length: 6 }, (_, i) =>
      multipart([
        T('ProductName', 'Firefox'),
        T('ReleaseChannel', 'esr'),
        T('Email', 'x@y.example'),
        T('TelemetryEnvironment', '{"system":{"os":{"name":"Windows_NT","windowsBuildNumber":7601}}}'),
        F('upload_file_minidump', fakeDump(100, i + 1)),
      ]),
    )
    const pairs = await Promise.all(
      bodies.map(async (body, i) => {
        const path = file(`draw-${i}`, body)
        const { stdout } = await callMayday(['policy', 'explain', 'mozilla', path, '--json'], {
          CRASH_ID_KEY: 'another key of tests',
        })
        const { verdict } = JSON.parse(stdout) as { verdict: { result: string; rule: string } }
        return [verdict, (await edge.ask(submitRequest(body))).text] as const
      }),
    )
    for (const [{ result, rule }, answer] of pairs) {
      expect(answer).toMatch(result === 'accept' ? /^CrashID=/ : new RegExp(`^Discarded=rule_${rule}$`))
    }
    expect(new Set(pairs.map(([{ result }]) => result)).size).toBe(2)
  })

  test.each([
    ['no report at all', 1, 'Not a stored report, body, or annotations'],
    ['--b\r\nnothing', 1, 'invalid_payload_structure'],
  ])('fails for %j', async (content, code, message) => {
    const outcome = await callMayday(['policy', 'explain', 'mozilla', file('bad', content)])
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(message)])
  })
})
