import { describe, expect, test } from 'vitest'
import type { CrashData } from '../../../shared/signature/crash-data.ts'
import { rules } from '../../../shared/signature/rules.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'
import { pipelineVectors } from './pipeline-vectors.ts'
import { hasSocorroLists, socorroLists, unlessAbsent } from './socorro-lists.ts'

const named = pipelineVectors.map((vector) => [vector.name, vector] as const)

const noteOf = (frame: object) => generateSignature({ threads: [{ frames: [frame] }] }).notes

test.each([
  [{ function: 'const' }, "'Result' object has no attribute 'note'"],
  [{ unloaded_modules: { a: 1 } }, "'Result' object has no attribute 'note'"],
  [{ unloaded_modules: 5 }, "'int' object is not subscriptable"],
  [{ function: [], file: 'a.rs' }, "unhashable type: 'list'"],
  [{ module: 5 }, "'int' object has no attribute 'strip'"],
  [{ function: 'IPC::ParamTraits<'.repeat(400) }, 'maximum recursion depth exceeded'],
])('a frame of the wrong shape, %j, fails the rule with the message of its kind', (frame, message) => {
  expect(noteOf(frame)).toEqual([`SignatureGenerationRule: Rule failed: ${message}`])
})

test('notes begin with the name of the rule, by which Socorro lists it', () => {
  expect(rules.map(({ name }) => name)).toEqual([
    'SignatureGenerationRule',
    'StackwalkerErrorSignatureRule',
    'BadHardware',
    'OOMSignature',
    'AbortSignature',
    'SignatureShutdownTimeout',
    'SignatureRunWatchDog',
    'SignatureIPCChannelError',
    'SignatureIPCMessageName',
    'StackOverflowSignature',
    'HungProcess',
    'SigPrintableCharsOnly',
    'SigFixWhitespace',
    'SigTruncate',
  ])
  const { notes } = generateSignature({ threads: [{ frames: [{ function: `\u0000${'a'.repeat(300)}` }] }] })
  expect(notes).toEqual([
    'SigPrintableCharsOnly: unprintable characters removed',
    'SigTruncate: SigTrunc: signature truncated due to length',
  ])
})

describe('generateSignature with the built-in lists', () => {
  test.each(named.filter(([, { lists }]) => lists === 'any'))('%s', (_, { data, signature }) => {
    expect(generateSignature(data).signature).toBe(signature)
  })
})

describe.skipIf(!hasSocorroLists)(`generateSignature with Socorro's lists${unlessAbsent}`, () => {
  const lists = hasSocorroLists ? socorroLists() : undefined

  test.each(named)('%s', (_, { data, signature }) => {
    expect(generateSignature(data, lists ? { lists } : {}).signature).toBe(signature)
  })
})

describe('notes', () => {
  const notesOf = (data: object) => generateSignature(data as CrashData).notes

  test.each<[string, object, string[]]>([
    [
      'no frames',
      { crashing_thread: 3 },
      ['SignatureGenerationRule: CSignatureTool: no frame data for crashing thread (3)'],
    ],
    [
      'a null frame',
      { threads: [{ frames: [null] }] },
      ["SignatureGenerationRule: Rule failed: 'NoneType' object has no attribute 'get'"],
    ],
    [
      'a number as function',
      { threads: [{ frames: [{ function: 5 }] }] },
      ["SignatureGenerationRule: Rule failed: 'int' object has no attribute 'endswith'"],
    ],
    [
      'a size that is not a number',
      { threads: [{ frames: [{ function: 'foo' }] }], oom_allocation_size: 'a' },
      ["OOMSignature: Rule failed: invalid literal for int() with base 10: 'a'"],
    ],
    [
      'a timeout that is not JSON',
      { threads: [{ frames: [{ function: 'foo' }] }], async_shutdown_timeout: '{' },
      [
        'SignatureShutdownTimeout: Error parsing AsyncShutdownTimeout: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
        'SignatureShutdownTimeout: Signature replaced with a Shutdown Timeout signature, was: "foo"',
      ],
    ],
    [
      'outer spaces',
      { threads: [{ frames: [{ function: 'foo (int)' }] }] },
      ['SigPrintableCharsOnly: unprintable characters removed'],
    ],
    [
      'truncation',
      { threads: [{ frames: [{ function: 'x'.repeat(300) }] }] },
      ['SigTruncate: SigTrunc: signature truncated due to length'],
    ],
  ])('tell of %s', (_, data, notes) => {
    expect(notesOf(data)).toEqual(notes)
  })
})

describe('explain', () => {
  const data = {
    oom_allocation_size: 300000,
    threads: [
      { frames: [{ function: 'x' }, { function: '_purecall' }, {}, { offset: '0x5e' }, { function: 'foo' }] },
    ],
  }

  test("fills the debug log in the reference's wording", () => {
    expect(generateSignature(data, { explain: true }).debug_log).toEqual([
      'SignatureGenerationRule: using CSignatureTool',
      'SignatureGenerationRule: using included signature lists',
      'SignatureGenerationRule: sentinel; starting at "_purecall" index 1',
      'SignatureGenerationRule: prefix; continue iterating: "_purecall"',
      'SignatureGenerationRule: empty string; ignoring: ""',
      'SignatureGenerationRule: irrelevant; ignoring: "@0x5e"',
      'SignatureGenerationRule: not a prefix; stop: "foo"',
      'SignatureGenerationRule: change signature: "" -> "_purecall | foo"',
      'OOMSignature: change signature: "_purecall | foo" -> "OOM | large | _purecall | foo"',
    ])
  })

  test('explains every step in plain words, with the reason of the list entry', () => {
    const { steps } = generateSignature(data, { explain: true })
    expect(steps.map(({ what }) => what)).toEqual([
      'started at frame 1, _purecall: a sentinel',
      expect.stringMatching(
        /^selected _purecall and continued: a pure virtual function was called.* \(C library: /,
      ),
      'skipped an empty frame',
      expect.stringMatching(/^skipped @0x5e: an address outside all modules/),
      'selected foo and stopped: it is in no list',
      'joined the selected frames: the signature became "_purecall | foo"',
      'an allocation of 300000 bytes failed: the signature became "OOM | large | _purecall | foo"',
    ])
  })

  test('is off by default', () => {
    expect(generateSignature(data)).toMatchObject({ debug_log: [], steps: [] })
    expect(generateSignature({ threads: [{ frames: [null] }] } as unknown as CrashData).steps).toEqual([])
  })

  test('starts at a sentinel, also where that is the first frame', () => {
    const stepOf = (...names: string[]) => {
      const frames = names.map((name) => ({ function: name }))
      return generateSignature({ threads: [{ frames }] }, { explain: true }).steps[0]?.what
    }
    expect(stepOf('_purecall', 'foo')).toBe('started at frame 0, _purecall: a sentinel')
    expect(stepOf('foo', '_purecall')).toBe('started at frame 1, _purecall: a sentinel')
    expect(stepOf('foo', 'bar')).toMatch(/^selected foo /)
  })

  test('names a rule that failed, and the rules after it', () => {
    const broken = { threads: [{ frames: [null] }], hang: 'ui' } as unknown as CrashData
    expect(generateSignature(broken, { explain: true })).toMatchObject({
      signature: 'hang: ui |',
      debug_log: [
        'HungProcess: change signature: "" -> "hang: ui | "',
        'SigPrintableCharsOnly: change signature: "hang: ui | " -> "hang: ui |"',
      ],
      steps: [
        {
          rule: 'SignatureGenerationRule',
          what: "failed and was skipped: 'NoneType' object has no attribute 'get'",
        },
        { rule: 'HungProcess', what: 'the process hung: the signature became "hang: ui | "' },
        {
          rule: 'SigPrintableCharsOnly',
          what: 'removed unprintable characters: the signature became "hang: ui |"',
        },
      ],
      extra: {},
    })
  })

  test('contains the stack that a watchdog signs instead', () => {
    const frames = (name: string) => ({ frames: [{ function: name }, { function: 'below' }] })
    const hung = { crashing_thread: 1, threads: [frames('first'), frames('RunWatchdog')] }
    const { signature, debug_log, extra } = generateSignature(hung, { explain: true })
    expect(signature).toBe('shutdownhang | first')
    expect(extra).toEqual({ proto_signature: 'first | below', normalized_frames: ['first', 'below'] })
    expect(debug_log.filter((line) => line.includes('change signature'))).toEqual([
      'SignatureGenerationRule: change signature: "" -> "RunWatchdog"',
      'SignatureGenerationRule: change signature: "RunWatchdog" -> "first"',
      'SignatureRunWatchDog: change signature: "first" -> "shutdownhang | first"',
    ])
  })
})

describe('presets', () => {
  const data = { threads: [{ frames: [{ function: 'foo' }] }], abort_message: 'hi', hang: 'ui' }

  test('have additional rules, which can be disabled', () => {
    expect(generateSignature(data).signature).toBe('hang: ui | Abort | hi | foo')
    expect(generateSignature(data, { presets: [] }).signature).toBe('hang: ui | foo')
  })

  test('have additional lists', () => {
    const crash = { threads: [{ frames: [{ function: 'mozalloc_abort' }, { function: 'foo' }] }] }
    expect(generateSignature(crash).signature).toBe('foo')
    expect(generateSignature(crash, { presets: [] }).signature).toBe('mozalloc_abort')
  })
})

describe('compat mayday', () => {
  const sign = (...frames: object[]) =>
    generateSignature({ threads: [{ frames }] }, { compat: 'mayday' }).signature

  test.each([
    ['foo() const &&', 'foo'],
    ['foo() noexcept', 'foo'],
    ['std::is_const', 'std::is_const'],
    ['void* operator new(unsigned long)', 'operator new'],
    ['static void* Foo::operator new(unsigned int)', 'Foo::operator new'],
    ['class Foo *Bar::operator=(int)', 'Bar::operator='],
    ['JS::Heap<JSObject*>::operator JSObject* const &()', 'JS::Heap<T>::operator JSObject* const&'],
    ['static void (anonymous namespace)::foo(int)', '(anonymous namespace)::foo'],
    ['Foo::bar(int) const [clone .isra.0]', 'Foo::bar'],
    ['foo<int>[abi:cxx11](int)', 'foo<T>'],
    ['foo::bar.cold.3', 'foo::bar'],
    ['foo::bar (.llvm.1234)', 'foo::bar'],
  ])('makes %s to %s', (source, text) => {
    expect(
      generateSignature({ threads: [{ frames: [{ function: source }] }] }, { compat: 'mayday' }).extra
        .normalized_frames,
    ).toEqual([text])
  })

  test('survives damaged frames, merges repeated modules, and is never empty', () => {
    expect(sign(null as unknown as object, { function: 5 }, { function: 'foo' })).toBe('foo')
    expect(sign({ module: 'libx.so.6' }, { module: 'libx.so.6' }, { function: 'foo' })).toBe(
      'libx.so.6 | foo',
    )
    expect(sign({ function: 'const' })).toBe('const')
    expect(sign({})).toBe('EMPTY: no usable frame')
  })

  test('removes line numbers of every JVM language', () => {
    const java = { java_stack_trace: 'A.B\n\tat c.d(E.kt:12)' }
    expect(generateSignature(java, { compat: 'mayday' }).signature).toBe('A.B: at c.d(E.kt)')
  })
})
