// Programs and debug files that are uploaded over HTTP, one at a time, days apart: once both are there, crashes have names.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { changeTokens } from '../../batch/access/token-store.ts'
import { hashToken } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { debugFileBytes } from '../support/debug-programs.ts'
import { callMayday } from '../support/run-mayday.ts'
import { type RunningEdge, startDenoEdge, startNodeEdge, startWorkerdEdge } from '../support/running-edge.ts'
import { createSynthMinidump, elfBuildId } from '../support/synth-minidump.ts'
import { dumpOf, enter, exe, newMachine, pdb, places } from '../support/windows-program.ts'
import { zipOf } from '../support/zip.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })

const token = 'a'.repeat(32)
const ring = debugFileBytes('ring-linked')[0]!.bytes
const ringDebug = debugFileBytes('ring-linked.debug')[0]!.bytes
const ringId = Buffer.from('467448445CC75F91D4A77862EA6919A50328ED15', 'hex')

async function windowsDump(): Promise<Uint8Array> {
  const machine = newMachine()
  for (const place of [places.outer, places.middle, places.split]) await enter(machine, place)
  return dumpOf(machine)
}

/** In the function `put`, called by `main`. */
async function linuxDump(): Promise<Uint8Array> {
  const base = 0x5555_0000_0000n
  const stack = new Uint8Array(0x4000)
  new DataView(stack.buffer).setBigUint64(0x100, base + 4649n, true)
  const registers = { rip: base + 4864n, rsp: 0x7ffc_0000_0100n, rbp: 0n }
  return createSynthMinidump({
    system: { cpu: 'amd64', os: 'linux' },
    threads: [{ id: 1, stack: { base: 0x7ffc_0000_0000n, bytes: stack }, registers }],
    modules: [{ base, size: 0x6000, name: '/opt/ring-linked', codeView: elfBuildId(ringId) }],
    exception: { threadId: 1, code: 11, address: registers.rip, registers },
  })
}

const exeFile = { name: 'tree-x64.exe', bytes: exe, stored: '"debug_file":"tree-x64.pdb"' }
const pdbFile = { ...exeFile, name: 'tree-x64.pdb', bytes: pdb }
const ringFile = { name: 'ring-linked', bytes: ring, stored: '"debug_file":"ring-linked"' }
const debugFile = { ...ringFile, name: 'ring-linked.debug', bytes: ringDebug }
const buildFolder = zipOf(
  { name: 'build/README', content: 'text' },
  { name: 'build/tree-x64.exe', content: exe },
)
const zipFile = { ...exeFile, name: 'build.zip', bytes: buildFolder }

const treeStack = ['dev_chain cfi', 'lib::scramble cfi', 'tree::insert cfi', 'run_tree cfi']
const cases = [
  {
    ...{ runtime: 'workerd', startEdge: startWorkerdEdge, scheme: 'r2' },
    ...{ title: 'a program, then its PDB', dump: windowsDump, files: [exeFile, pdbFile] },
    stacks: [['null cfi', 'null cfi', 'run_tree cfi'], treeStack],
  },
  {
    ...{ runtime: 'Deno', startEdge: startDenoEdge, scheme: 'file' },
    ...{ title: 'a debug file, then its program', dump: linuxDump, files: [debugFile, ringFile] },
    stacks: [
      ['put cfi', 'main scan'],
      ['put cfi', 'main cfi'],
    ],
  },
  {
    ...{ runtime: 'Node', startEdge: startNodeEdge, scheme: 'file' },
    ...{ title: 'a PDB, then a zip of the build folder', dump: windowsDump, files: [pdbFile, zipFile] },
    stacks: [expect.arrayContaining(['dev_chain cfi']), treeStack],
  },
] as const

describe.each(cases)('with the edge in $runtime', ({ startEdge, scheme, title, dump, files, stacks }) => {
  let dir: string
  let edge: RunningEdge

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mayday-programs-'))
    const { stores, close } = await openStores(`${scheme}:${dir}`, {})
    const added = { label: 'ci', created_at: '2026-01-01T00:00:00Z' }
    await changeTokens(stores.crashes, async () => [
      { ...added, sha256: hashToken(token, nodeCodecs), permissions: ['upload_symbols'] },
    ])
    await close()
    edge = await startEdge(dir)
  })
  afterAll(async () => {
    await edge?.stop()
    await rm(dir, { recursive: true, force: true })
  })

  async function mayday(...args: string[]): Promise<string> {
    const env = { MAYDAY_STORE: edge.store, MAYDAY_CACHE: join(dir, 'cache') }
    const { code, stdout, stderr } = await callMayday(args, env)
    expect(`${code} ${stderr}`, args.join(' ')).toMatch(/^0 /)
    return stdout
  }

  /** What the steps of a round report. */
  async function round(): Promise<Record<string, Record<string, unknown>>> {
    const lines = (await mayday('run', '--once', '--no-expire')).trim().split('\n')
    const reports = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    return Object.fromEntries(reports.map((report) => [String(report.step), report]))
  }

  async function submit(dump: Uint8Array): Promise<string> {
    const form = new FormData()
    form.set('ProductName', 'Tree')
    form.set('Version', '1.0')
    form.set('upload_file_minidump', new Blob([dump as Uint8Array<ArrayBuffer>]), 'crash.dmp')
    const answer = await (await fetch(`${edge.url}/submit`, { method: 'POST', body: form })).text()
    return answer.trim().replace('CrashID=bp-', '')
  }

  async function upload(name: string, bytes: Uint8Array) {
    const form = new FormData()
    form.set(/\.zip$/.test(name) ? name : 'file', new Blob([bytes as Uint8Array<ArrayBuffer>]), name)
    const headers = { 'auth-token': token }
    const answer = await fetch(`${edge.url}/symbols/upload/`, { method: 'POST', body: form, headers })
    return { status: answer.status, text: await answer.text() }
  }

  /** Function and trust of the frames of the crashing thread, innermost first. */
  async function stackOf(crashId: string): Promise<{ function: string | null; trust: string }[]> {
    const sql = `SELECT frames FROM crashes WHERE crash_id = '${crashId}'`
    return JSON.parse(await mayday('sql', sql, '--format', 'jsonl')).frames
  }

  test(`${title}: each improves the stack of the crash`, async () => {
    const crashId = await submit(await dump())
    await round()
    for (const [i, { name, bytes, stored }] of files.entries()) {
      const { status, text } = await upload(name, bytes)
      expect([status, text]).toEqual([201, expect.stringContaining(stored)])
      const steps = await round()
      expect(steps['index-symbols'], name).toMatchObject({ made: 1, problems: [] })
      expect(steps['late-symbols'], name).toMatchObject({ processed: 1 })
      const stack = await stackOf(crashId)
      expect(stack.map((frame) => `${frame.function} ${frame.trust}`).map(found), name).toEqual(stacks[i])
    }
  })
})

/** The innermost frame needs no technique. */
const found = (text: string) => text.replace(/context$/, 'cfi')
