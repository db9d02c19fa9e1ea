// Compiler additions to function names, and operators with spaces.
import { describe, expect, test } from 'vitest'
import { createAbortPath } from '../../../shared/signature/abort-path.ts'
import { cleanFunction, restoreSpaces } from '../../../shared/signature/clean-names.ts'

describe('a name without additions', () => {
  test.each([
    ['run', 'run'],
    [' run ', 'run'],
    ['run() [clone .cold.3]', 'run()'],
    ['run[abi:cxx11]()', 'run()'],
    ['run (.llvm.12)', 'run'],
    ['run.isra.0', 'run'],
    ['run.isra.0.cold', 'run'],
    ['run.part.1.2.3', 'run'],
    ['run.part.1.2.3.4', 'run.part.1.2.3.4'],
    ['run.constprop.0', 'run'],
    ['run.lto_priv.7', 'run'],
    ['run.localalias', 'run'],
    ['run.resume', 'run'],
    ['run.destroy', 'run'],
    ['run.other', 'run.other'],
    ['A::get() const', 'A::get()'],
    ['A::get() const volatile noexcept', 'A::get()'],
    ['A::get() &', 'A::get()'],
    ['A::get() &&', 'A::get()'],
    ['A::get() const.cold', 'A::get()'],
    ['iconst', 'iconst'],
    ['(anonymous namespace)::run', "`anonymous namespace'::run"],
    ['int A::operator+', 'A::operator+'],
    ['A const& B::operator[](int)', 'B::operator[](int)'],
    ['void* A::operator new(unsigned long)', 'A::operator new(unsigned long)'],
    ['operator delete', 'operator delete'],
    ['A::operator co_await', 'A::operator co_await'],
    ['::operator+', '::operator+'],
  ])('%s is %s', (name, expected) => {
    expect(restoreSpaces(cleanFunction(name))).toBe(expected)
  })

  test('keeps the words of an operator together until they are restored', () => {
    expect(cleanFunction('operator new')).toBe('operator\u0001new')
    expect(cleanFunction('operator newer')).toBe('operator newer')
    expect(cleanFunction('a\u0001b')).toBe('ab')
  })

  test('has its mark in the last hundred characters', () => {
    expect(cleanFunction(`${'x'.repeat(200)}.cold`)).toBe('x'.repeat(200))
    const long = `x.isra.${'1'.repeat(20)}`
    expect(cleanFunction(long)).toBe('x')
    expect(cleanFunction(`${long}1`)).toBe(`${long}1`)
  })
})

describe('frames below abort', () => {
  const named = { as: null, topic: 't', reason: 'r', text: 'x' }
  const lists = {
    findSkip: (text: string) => (text === 'skipped' ? { role: 'irrelevant', ...named } : null),
    findPrefix: (text: string) => (text === 'prefixed' ? { role: 'prefix', ...named } : null),
  } as unknown as Parameters<typeof createAbortPath>[0]
  type Seen = [module: unknown, name: unknown, file?: string, text?: string]
  const guessed = (...frames: readonly Seen[]) => {
    const read = createAbortPath(lists)
    return frames.map(([module, name, file, text = 'f']) => {
      const found = read({ module, function: name, file }, { text } as Parameters<typeof read>[1])
      return found.skip?.text === 'frames below abort'
    })
  }

  test.each(['libc.so', 'libc.so.6', 'libc-2.31.so', 'ld-musl-x86_64.so.1', 'libc.musl-aarch64.so.1'])(
    'in %s are guesses, until the library ends',
    (module) => {
      expect(
        guessed(
          [module, 'raise'],
          [module, 'abort'],
          [module, 'g'],
          [module, 'g'],
          ['app', 'g'],
          [module, 'g'],
        ),
      ).toEqual([false, false, true, true, false, false])
    },
  )

  test.each<[string, Seen, Seen, boolean]>([
    ['after __GI_abort', ['libc.so.6', '__GI_abort'], ['libc.so.6', 'g'], true],
    ['after another function', ['libc.so.6', 'aborted'], ['libc.so.6', 'g'], false],
    ['after abort of another library', ['libm.so.6', 'abort'], ['libc.so.6', 'g'], false],
    ['with a file', ['libc.so.6', 'abort'], ['libc.so.6', 'g', 'g.c'], false],
    ['that are listed as irrelevant', ['libc.so.6', 'abort'], ['libc.so.6', 'g', '', 'skipped'], false],
    ['that are listed as prefixes', ['libc.so.6', 'abort'], ['libc.so.6', 'g', '', 'prefixed'], false],
    ['without a text', ['libc.so.6', 'abort'], ['libc.so.6', 'g', '', ''], false],
    ['without a module', ['libc.so.6', 'abort'], [null, 'g'], false],
    ['after a name of another type', ['libc.so.6', 5], ['libc.so.6', 'g'], false],
  ])('%s are guesses: %#', (_, first, second, expected) => {
    expect(guessed(first, second)).toEqual([false, expected])
  })
})
