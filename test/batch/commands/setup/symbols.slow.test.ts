// `mayday stackwalk` and `mayday symbols`, as users run them.
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callMayday, runMayday } from '../../../support/run-mayday.ts'

const fixtures = resolve(import.meta.dirname, '../../../fixtures')
const dump = (name: string) => join(fixtures, 'dumps', `${name}.dmp.gz`)
const symbols = join(fixtures, 'symbols')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('mayday stackwalk', () => {
  test('prints one document per line, in the order of the dumps, compressed or not', async () => {
    const plain = join(folder, 'plain.dmp')
    await writeFile(plain, gunzipSync(await readFile(dump('cpp-basics-O0-uncaught'))))
    const { code, stdout } = await callMayday([
      'stackwalk',
      dump('cpp-basics-O0-null-read'),
      plain,
      '--symbols',
      symbols,
    ])
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([code, documents.map((d) => d.crash_info.type)]).toEqual([
      0,
      ['SIGSEGV / SEGV_MAPERR', 'SIGABRT / SI_TKILL'],
    ])
    expect(documents[0].crashing_thread.frames[0].function).toBe('app::Ledger::read_balance() const')
  })

  test('continues after a dump that cannot be walked, reports it, and fails at the end', async () => {
    const bad = join(folder, 'bad.dmp')
    await writeFile(bad, 'no dump')
    const absent = join(folder, 'absent.dmp')
    const { code, stdout, stderr } = await callMayday([
      'stackwalk',
      bad,
      absent,
      dump('cpp-basics-O0-null-read'),
    ])
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([1, 1])
    expect(stderr).toMatch(/bad\.dmp: MissingHeader[^\n]*\n[^\n]*absent\.dmp: /)
  })

  test('prints human-readable text, and only the crashing thread with --brief', async () => {
    const walk = (flag: string) =>
      callMayday(['stackwalk', dump('cpp-basics-O0-null-read'), '--symbols', symbols, flag])
    const [human, brief] = [await walk('--human'), await walk('--brief')]
    expect(human.stdout).toContain('Crash reason:  SIGSEGV / SEGV_MAPERR\n')
    expect(human.stdout).toContain('\nLoaded modules:\n')
    expect(brief.stdout).toMatch(/Thread 0 .* \(crashed\).*app::crash_null_read\(\) \[basics\.cpp/s)
    expect(brief.stdout).not.toContain('Loaded modules')
  })

  test('stores indexes of symbol files in the given directory', async () => {
    const cache = join(folder, 'cache')
    const args = ['stackwalk', dump('cpp-basics-O0-null-read'), '--symbols', symbols, '--symbol-cache', cache]
    const first = await callMayday(args)
    expect((await callMayday(args)).stdout).toBe(first.stdout)
    const none = await callMayday([...args.slice(0, 4), '--no-symbol-cache'], { MAYDAY_CACHE: folder })
    expect(none.stdout).toBe(first.stdout)
    expect(existsSync(join(folder, 'symdex'))).toBe(false)
    const usual = await callMayday(args.slice(0, 4), { MAYDAY_CACHE: folder })
    expect(usual.stdout).toBe(first.stdout)
    const symdexes = async (where: string) =>
      (await readdir(where, { recursive: true })).filter((name) => name.endsWith('.symdex')).sort()
    expect(await symdexes(cache)).not.toEqual([])
    expect(await symdexes(join(folder, 'symdex'))).toEqual(await symdexes(cache))
  })

  test('walks many dumps in several threads and prints them in order', async () => {
    const names = ['cpp-basics-O0-null-read', 'bash-loop', 'absent', 'rust-panics-abort-index']
    const paths = Array.from({ length: 72 }, (_, i) => dump(names[i % names.length]!))
    const threads = (count: string) =>
      callMayday(['stackwalk', ...paths, '--symbols', symbols], {
        MAYDAY_WORKERS: count,
        MAYDAY_CACHE: folder,
      })
    const [one, several] = [await threads('1'), await threads('2')]
    expect(several).toEqual(one)
    expect([one.code, one.stdout.split('\n').length, one.stderr.split('\n').length]).toEqual([1, 55, 19])
  })

  test("caches compiled code in the user's cache directory", async () => {
    const { code } = await runMayday(['stackwalk', dump('bash-loop')], {
      XDG_CACHE_HOME: folder,
      NODE_COMPILE_CACHE: '',
    })
    expect([code, await readdir(join(folder, 'mayday', 'code'))]).toEqual([0, [expect.any(String)]])
  })

  test('accepts symbol directories before or after the dumps', async () => {
    const path = dump('cpp-basics-O0-null-read')
    const after = await callMayday(['stackwalk', path, '--symbols', symbols])
    expect((await callMayday(['stackwalk', '--symbols', symbols, path])).stdout).toBe(after.stdout)
    expect((await callMayday(['stackwalk', '--symbols', symbols])).code).toBe(2)
    const absent = await callMayday(['stackwalk', path, '--symbols', join(folder, 'absent')])
    expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('no such folder')])
  })

  test('warns once about a symbol server that does not respond, and continues', async () => {
    const path = dump('cpp-basics-O0-null-read')
    const server = 'http://127.0.0.1:9'
    const { code, stdout, stderr } = await callMayday(['stackwalk', path, '--symbols', server])
    expect([code, stderr]).toEqual([
      0,
      `mayday: ${path}: The symbol server at ${server} did not respond: bad port, 4 times\n`,
    ])
    expect(JSON.parse(stdout).status).toBe('OK')
  })

  test('rejects limits that are not numbers', async () => {
    const { code, stderr } = await callMayday(['stackwalk', dump('bash-loop'), '--max-frames', 'many'])
    expect([code, stderr]).toEqual([2, 'mayday: --max-frames must be a whole number from 1, not many\n'])
  })
})

describe('mayday symbols', () => {
  test('indexes symbol files and looks up addresses, the same in either form', async () => {
    const text = join(folder, 'app.sym')
    await writeFile(
      text,
      'MODULE Linux x86_64 AB0 app\nFILE 0 a.c\nINLINE_ORIGIN 0 inner\nFUNC 1000 20 0 f\nINLINE 0 9 0 0 1000 10\n1000 20 7 0\n',
    )
    const indexed = await callMayday(['symbols', 'index', text])
    expect([indexed.code, indexed.stdout]).toEqual([
      0,
      expect.stringMatching(/app\.symdex: \d+ bytes, [\d.]+ % of the text\n/),
    ])
    const found = await callMayday(['symbols', 'lookup', join(folder, 'app.symdex'), '0x1004', '1014', '5'])
    expect(found.stdout).toBe(
      '0x1004\n  inner  a.c:7 (inlined)\n  f  a.c:9\n0x1014\n  f  a.c:7\n0x5\n  no symbol\n',
    )
    expect((await callMayday(['symbols', 'lookup', text, '0x1004', '1014', '5'])).stdout).toBe(found.stdout)
  })

  test('reports what is wrong with a file or an address', async () => {
    const other = join(folder, 'other.symdex')
    await copyFile(dump('bash-loop'), other)
    const wrong = await callMayday(['symbols', 'lookup', other, '10'])
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Not a usable symbol index')])
    expect((await callMayday(['symbols', 'lookup', other, 'xyz'])).code).toBe(2)
    expect((await callMayday(['symbols', 'index', join(folder, 'absent.sym')])).stderr).toContain(
      'absent.sym cannot be read',
    )
  })
})
