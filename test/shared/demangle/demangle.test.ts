// Mangled names and their texts: names.txt agrees with binutils, LLVM and Swift's own tools; forms.txt has a made-up name for
// each rule of the grammars, damaged.txt names that break one.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demangle, readableName } from '../../../shared/demangle/demangle.ts'

const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')
const sections = (file: string) =>
  read(file)
    .split('\n\n')
    .map((section) => {
      const [language, ...lines] = section.trim().split('\n')
      const names = Array.from({ length: lines.length / 2 }, (_, i) => ({
        mangled: lines[2 * i]!,
        text: lines[2 * i + 1]!.replace('  = ', ''),
      }))
      return { language: language!.slice(2), names }
    })
const names = sections('names.txt').flatMap(({ language, names }) =>
  names.map((name) => ({ language, ...name })),
)

describe('a mangled name', () => {
  test.each(names)('of $language: $mangled is $text', ({ mangled, text }) => {
    expect(demangle(mangled)?.text).toBe(text)
  })

  test.each(sections('forms.txt'))('has every form of $language', ({ names }) => {
    expect(names.map(({ mangled }) => ({ mangled, text: demangle(mangled)?.text }))).toEqual(names)
  })

  test('does not have the form of a damaged one', () => {
    const damaged = read('damaged.txt').trimEnd().split('\n')
    expect(damaged.filter((name) => demangle(name) !== null)).toEqual([])
  })

  test.each([
    ['app::Table::row(int) const', '_ZNK3app5Table3rowEi', '?row@Table@app@@QEBAXH@Z'],
    ['app::Table<int, 4>::Table()', '_ZN3app5TableIiLi4EEC1Ev', '??0?$Table@H$03@app@@QEAA@XZ'],
    ['app::(anonymous namespace)::go()', '_ZN3app12_GLOBAL__N_12goEv', '?go@?A0x12345678@app@@YAXXZ'],
    ['app::paint(char const*, int&&)', '_ZN3app5paintEPKcOi', '?paint@app@@YAXPEBD$$QEAH@Z'],
    ['app::run(int)::counter', '_ZZN3app3runEiE7counter', '?counter@?1??run@app@@YAHH@Z@4HA'],
    ['non-virtual thunk to app::Both::other()', '_ZThn16_N3app4Both5otherEv', '?other@Both@app@@WBA@EAAXXZ'],
    ['operator new(unsigned long long)', '_Znwy', '??2@YAPEAX_K@Z'],
    ['int app::first<char*>(char*)', '_ZN3app5firstIPcEEiT_', '??$first@PEAD@app@@YAHPEAD@Z'],
  ])('has the text %s with GCC and with Microsoft', (text, itanium, microsoft) => {
    expect(demangle(itanium)?.text).toBe(text)
    expect(demangle(microsoft)?.text).toBe(text)
  })

  test.each([
    '',
    'main',
    '_start',
    'app::run()',
    '_Z',
    '_ZERO',
    '_ZN3app',
    '_ZN3appEv_',
    '_ZN3app3runEvX',
    '_ZN99appEv',
    '_Z1fS_',
    '_Z1fT_',
    '_R',
    '_RNvC',
    '_RNvB5_3app',
    '__RUNTIME',
    '?',
    '?a@@',
    '??@d1f2a3b4c5d6e7f8a9b0c1d2e3f40516@',
    '$s',
    '$s4main',
    '$s4main3foo',
    '_$s4main3fooyy',
    '$sSD5IndexVy__',
    '_T0',
    '_DYNAMIC',
    '_D3',
    '_D3app3runFQzZv',
  ])('stays unchanged when it is damaged, or not mangled: %s', (name) => {
    expect(demangle(name)).toBeNull()
    expect(readableName(name)).toBe(name)
  })

  test('is shown mangled when its text gets too long', () => {
    const short = `_Z1f${'1aI'.repeat(40)}i${'E'.repeat(40)}`
    expect(readableName(short)).toBe(demangle(short)!.text)
    const long = `_ZN${'30aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.repeat(100)}E`
    expect(demangle(long)!.text.length).toBeGreaterThan(3000)
    expect(readableName(long)).toBe(long)
  })
})

const library = '/usr/lib/x86_64-linux-gnu/libstdc++.so.6'
const hasTools = ['/usr/bin/c++filt', '/usr/bin/nm', library].every((path) => existsSync(path))

describe.skipIf(!hasTools)('all names of libstdc++ (skipped without binutils)', () => {
  const run = (command: string, args: string[], input?: string) =>
    execFileSync(command, args, {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      ...(input !== undefined && { input }),
    })
      .trim()
      .split('\n')
  /** c++filt keeps the space of older compilers in `> >` only in most places, and spells standard abbreviations out. */
  const plain = (text: string) =>
    text
      .replace(/> (?=>)/g, '>')
      .replace(/std::basic_([io]|io)stream<char, std::char_traits<char>>/g, 'std::$1stream')
      .replaceAll('std::basic_string<char, std::char_traits<char>, std::allocator<char>>', 'std::string')

  test('have the text of c++filt', () => {
    const symbols = run('/usr/bin/nm', ['-D', library]).map((line) =>
      line.replace(/^.* /, '').replace(/@.*/, ''),
    )
    const mangled = [...new Set(symbols.filter((name) => name.startsWith('_Z')))]
    const expected = run('/usr/bin/c++filt', [], `${mangled.join('\n')}\n`)
    const different = mangled.flatMap((name, i) => {
      const text = plain(demangle(name)?.text ?? name)
      return text === plain(expected[i]!) ? [] : [{ name, text, expected: expected[i] }]
    })
    expect(mangled.length).toBeGreaterThan(4000)
    expect(different).toEqual([])
  })
})
