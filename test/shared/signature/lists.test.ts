import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { defaultLists, presets } from '../../../shared/signature/default-lists.ts'
import { readLists } from '../../../shared/signature/lists.node.ts'
import {
  type ListEntry,
  type ListFile,
  listsFromFiles,
  platformOf,
  SignatureListError,
} from '../../../shared/signature/lists.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-lists-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function directory(files: Record<string, string>): string {
  const path = mkdtempSync(join(scratch, 'd-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const socorroFiles = {
  'irrelevant_signature_re.txt': '# skip\n\nskip\n',
  'prefix_signature_re.txt': 'more\n.*\\.dll\n',
  'signature_sentinels.txt': '# none\nhere\n',
  'signatures_with_line_numbers_re.txt': 'js_Interpret\n',
}
const sign = (path: string, functions: string[]) =>
  generateSignature(
    { threads: [{ frames: functions.map((name) => ({ function: name, line: 7 })) }] },
    { lists: readLists(path) },
  ).signature

const builtInFolder = join(import.meta.dirname, '../../../shared/signature/lists')
const builtInFiles = readdirSync(builtInFolder).map(
  (file) => JSON.parse(readFileSync(join(builtInFolder, file), 'utf8')) as ListFile,
)
const builtInEntries = builtInFiles.flatMap(({ topic, entries }) =>
  (entries as ListEntry[]).map((entry, i) => [topic, i + 1, entry] as const),
)
const systems = { windows: 'Windows NT', macos: 'Mac OS X', linux: 'Linux', android: 'Android' }

describe('the built-in lists', () => {
  test('are valid, and cover every topic', () => {
    expect(defaultLists().version).toMatch(/^[0-9a-f]{8}$/)
    // At run time the cost of their patterns is not checked.
    expect(() => listsFromFiles(builtInFiles, { title: 'checked' })).not.toThrow()
    expect(presets).toEqual(['mozilla'])
  })

  test.each<[string, string, string[], string]>([
    [
      'C',
      'Linux',
      [
        '__pthread_kill_implementation',
        'raise',
        'abort',
        '__libc_message',
        'malloc_printerr',
        '_int_free',
        'free',
        'app::close(Handle*)',
      ],
      'free | app::close',
    ],
    [
      'C++',
      'Linux',
      [
        'std::__throw_out_of_range_fmt(char const*, ...)',
        'std::vector<int>::at(unsigned long)',
        'app::Table::row(int) const',
      ],
      'std::vector<T>::at | app::Table::row',
    ],
    [
      'Rust',
      'Linux',
      [
        'rust_panic',
        'std::panicking::begin_panic_handler',
        'core::panicking::panic_fmt',
        'core::option::unwrap_failed',
        'app::config::load',
      ],
      'app::config::load',
    ],
    [
      'Windows',
      'Windows NT',
      ['KiUserExceptionDispatch', 'RtlRaiseException', 'RaiseException', '_CxxThrowException', 'app::fail()'],
      'app::fail',
    ],
    [
      'macOS',
      'Mac OS X',
      ['__pthread_kill', 'pthread_kill', 'abort', 'objc_exception_throw', '-[AppDelegate open:]'],
      '-[AppDelegate open:]',
    ],
  ])('skip the infrastructure of %s', (_, os, names, signature) => {
    const threads = [{ frames: names.map((name) => ({ function: name })) }]
    expect(generateSignature({ os, threads }).signature).toBe(signature)
  })

  test.each(builtInEntries)('%s, entry %i: its example is decided by the entry alone', (topic, _, entry) => {
    const [where] = entry.platforms ?? ['linux']
    const lists = listsFromFiles([{ topic, entries: [entry] }], { title: 't' }).forSystem(systems[where!])
    const { role, example } = entry
    expect(example).toEqual(expect.any(String))
    if (role === 'sentinel') expect(lists.isSentinel(example!)).toBe(true)
    else if (role === 'line-number') expect(lists.wantsLine(example!)).toBe(true)
    else if (role === 'prefix') expect(lists.findPrefix(example!)).toMatchObject({ role })
    else expect(lists.findSkip(example!)).toMatchObject({ role })
  })

  test('of one platform do not apply on another', () => {
    const threads = [{ frames: [{ function: 'KiUserExceptionDispatch' }, { function: 'foo' }] }]
    expect(generateSignature({ os: 'Windows NT', threads }).signature).toBe('foo')
    expect(generateSignature({ os: 'Linux', threads }).signature).toBe('KiUserExceptionDispatch')
    expect(generateSignature({ threads }).signature).toBe('foo')
  })
})

describe('platformOf', () => {
  test.each([
    ['Windows NT', 'windows'],
    ['Windows', 'windows'],
    ['Mac OS X', 'macos'],
    ['macOS', 'macos'],
    ['iOS', 'macos'],
    ['Linux', 'linux'],
    ['Android', 'android'],
    ['Solaris', null],
    [null, null],
  ])('%s is %s', (os, platform) => {
    expect(platformOf(os)).toBe(platform)
  })
})

describe('readLists', () => {
  test("reads Socorro's four text files", () => {
    const path = directory(socorroFiles)
    expect(sign(path, ['a', 'here', 'skipped', 'moreover', 'x.dll', 'js_Interpret', 'b'])).toBe('here')
    expect(sign(path, ['skip', 'more', 'js_Interpret'])).toBe('more | js_Interpret:7')
  })

  test('an empty list of regular expressions there matches every frame', () => {
    const path = directory({ ...socorroFiles, 'prefix_signature_re.txt': '' })
    expect(sign(path, ['a', 'b'])).toBe('a | b')
  })

  test('needs all four', () => {
    const { 'signature_sentinels.txt': _, ...rest } = socorroFiles
    expect(() => readLists(directory(rest))).toThrow(/signature_sentinels\.txt: cannot be read/)
  })

  test('reads JSON lists, in the order of file names', () => {
    const path = directory({
      'a.json': JSON.stringify({
        topic: 'mine',
        entries: [
          { role: 'prefix', starts: ['my::log', 'my::fail'], reason: 'ends the program' },
          { role: 'irrelevant', is: 'my::assert', reason: 'adds nothing' },
          { role: 'irrelevant', matches: '.*Thunk$', reason: 'adds nothing', platforms: ['windows'] },
        ],
      }),
      'notes.txt': 'not a list',
    })
    expect(sign(path, ['my::assert', 'my::fail', 'aThunk', 'b'])).toBe('my::fail | b')
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'an invalid pattern',
      { ...socorroFiles, 'prefix_signature_re.txt': '# a\n\nfoo(\n' },
      /prefix_signature_re\.txt:3: pattern foo\(: missing \)/,
    ],
    [
      'a catastrophic pattern',
      { ...socorroFiles, 'irrelevant_signature_re.txt': 'a\n(a+)+b\n' },
      /irrelevant_signature_re\.txt:2: .*exponential/,
    ],
    ['an empty directory', {}, /no lists here/],
    ['text that is not JSON', { 'a.json': '{\n"topic": "x",\n oops' }, /a\.json:3: not JSON/],
    ['another shape', { 'a.json': '[]' }, /a\.json:1: it must be {"topic": text/],
    [
      'a bad pattern in JSON',
      {
        'a.json':
          '{"topic": "x", "entries": [\n{"role": "prefix", "starts": "a", "reason": "r"},\n{"role": "prefix", "matches": ["b", \n"c["], "reason": "r"}\n]}',
      },
      /a\.json:4: pattern c\[/,
    ],
    [
      'an entry without a reason',
      { 'a.json': '{"topic": "x", "entries": [\n\n{"role": "prefix", "starts": "a"}]}' },
      /a\.json:3: reason must explain/,
    ],
    [
      'an unknown role',
      { 'a.json': '{"topic": "x", "entries": [{"role": "suffix", "starts": "a", "reason": "r"}]}' },
      /a\.json:1: role is "suffix"; allowed are oom, alias/,
    ],
  ])('rejects %s, with file and line', (_, files, message) => {
    const path = directory(files)
    expect(() => readLists(path)).toThrow(SignatureListError)
    expect(() => readLists(path)).toThrow(message)
  })

  test('rejects a missing directory', () => {
    expect(() => readLists(join(scratch, 'none'))).toThrow(/cannot be read/)
  })
})

describe('listsFromFiles', () => {
  const entry = { role: 'prefix', starts: 'a', reason: 'r' } as const

  test.each<[string, object, RegExp]>([
    ['two kinds of match', { ...entry, is: 'b' }, /exactly one/],
    ['no kind of match', { role: 'prefix', reason: 'r' }, /exactly one/],
    ['an alias without a name', { ...entry, role: 'alias' }, /must have "as" if it is an alias/],
    ['a name of another role', { ...entry, as: 'b' }, /must have "as" if it is an alias/],
    ['empty text', { ...entry, starts: '' }, /starts must be text that is not empty/],
    ['a sentinel that is not a whole text', { ...entry, role: 'sentinel' }, /use "is"/],
    [
      'an unknown platform',
      { ...entry, platforms: ['beos'] },
      /platforms\[0\] is "beos"; allowed are windows/,
    ],
  ])('refuses %s', (_, wrong, message) => {
    const file = { topic: 'x', entries: [entry, wrong as typeof entry] }
    expect(() => listsFromFiles([file], { title: 't' })).toThrow(message)
    expect(() => listsFromFiles([file], { title: 't' })).toThrow('list "x", entry 2')
  })

  test('replaces the text of an alias, and marks what ran out of memory', () => {
    const lists = listsFromFiles(
      [
        {
          topic: 'x',
          entries: [
            { role: 'alias', is: '__free', as: 'free', reason: 'r' },
            { role: 'prefix', is: 'free', reason: 'r' },
            { role: 'oom', starts: 'no_memory', reason: 'r' },
            { role: 'irrelevant', starts: 'no', reason: 'r' },
          ],
        },
      ],
      { title: 't' },
    )
    const sign = (...names: string[]) =>
      generateSignature({ threads: [{ frames: names.map((name) => ({ function: name })) }] }, { lists })
        .signature
    expect(sign('__free', 'foo')).toBe('free | foo')
    expect(sign('no_memory', 'foo')).toBe('OOM | unknown | foo')
    expect(sign('nobody', 'foo')).toBe('foo')
  })

  test('has another version for other entries', () => {
    const versions = ['a', 'b'].map(
      (starts) => listsFromFiles([{ topic: 'x', entries: [{ ...entry, starts }] }], { title: 't' }).version,
    )
    expect(new Set(versions).size).toBe(2)
  })
})
