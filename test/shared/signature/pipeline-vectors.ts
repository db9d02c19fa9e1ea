// Whole crashes and their signatures: the reference vectors of the rule pipeline and of Java.

/** `lists`: which lists the result depends on; `any` holds with every set that treats plain names as unknown. */
export interface PipelineVector {
  name: string
  lists: 'any' | 'socorro'
  data: Record<string, unknown>
  signature: string
}

const watchdog = 'mozilla::(anonymous namespace)::RunWatchdog(void*)'

/** A crash whose thread 0 has these functions. */
const functions = (...names: string[]) => ({
  threads: [{ frames: names.map((name) => ({ function: name })) }],
})
const modules = (...names: string[]) => [...names.map((module) => ({ module })), { function: 'foo' }]
const foo = functions('foo')
const hello = functions('hello')
const hung = {
  crashing_thread: 1,
  threads: [{ frames: [{ function: 'main0' }] }, { frames: [{ function: watchdog }] }],
}
const timeout = (value: unknown) => ({ ...foo, async_shutdown_timeout: JSON.stringify(value) })
const exception = (stacktrace: object) => ({ java_exception: { exception: { values: [{ stacktrace }] } } })

const any = (name: string, data: Record<string, unknown>, signature: string): PipelineVector => ({
  name,
  lists: 'any',
  data,
  signature,
})
const socorro = (name: string, data: Record<string, unknown>, signature: string): PipelineVector => ({
  name,
  lists: 'socorro',
  data,
  signature,
})

export const pipelineVectors: readonly PipelineVector[] = [
  socorro(
    'a sentinel that is not a prefix ends the signature',
    functions('zero', 'core::panicking::panic', 'std::panicking::x'),
    'core::panicking::panic',
  ),
  any(
    'an irrelevant sentinel only drops the frames before it',
    functions('abort', 'core::panicking::panic_fmt', 'foo::bar'),
    'foo::bar',
  ),
  any(
    'the first of two sentinels applies',
    functions('x', 'core::panicking::panic', '_purecall', 'b', 'c'),
    '_purecall | b',
  ),
  any('a trailing space defeats a sentinel', functions('a', '_purecall (int)', 'foo'), 'a'),
  socorro(
    'a greedy entry matches an unrelated name',
    functions('Foo::freeze()', 'Foo::x()', 'y'),
    'Foo::freeze | Foo::x',
  ),
  any(
    'an empty frame is skipped',
    { threads: [{ frames: [{ function: 'malloc' }, {}, { function: 'foo' }] }] },
    'malloc | foo',
  ),
  any('only empty frames give an empty signature', { threads: [{ frames: [{}, {}] }] }, ''),
  any(
    'only irrelevant frames: the first is used',
    { threads: [{ frames: [{ offset: '0x5e5e' }, { offset: '0x5' }] }] },
    '@0x5e5e',
  ),
  any(
    'null calls are prefixes, other addresses irrelevant',
    { threads: [{ frames: [{ offset: '0x0' }, { offset: '0x0' }, { offset: '0x5e' }, { function: 'x' }] }] },
    '@0x0 | @0x0 | x',
  ),
  any(
    'modules on Windows ignore case and repeats',
    { os: 'Windows NT', threads: [{ frames: modules('ABC.dll', 'abc.DLL', 'abc.dll') }] },
    'abc.dll | foo',
  ),
  socorro(
    'modules elsewhere keep their case',
    { os: 'Linux', threads: [{ frames: modules('ABC.dll', 'abc.DLL', 'abc.dll') }] },
    'ABC.dll | abc.DLL',
  ),
  socorro(
    'versioned libraries are not merged',
    { threads: [{ frames: [{ module: 'libc.so.6' }, { module: 'libc.so.6' }, { function: 'x' }] }] },
    'libc.so.6 | libc.so.6 | x',
  ),
  socorro(
    'unloaded modules are not merged',
    {
      threads: [
        {
          frames: [
            { unloaded_modules: [{ module: 'a.dll' }] },
            { unloaded_modules: [{ module: 'a.dll' }] },
            { function: 'x' },
          ],
        },
      ],
    },
    '(unloaded a.dll) | (unloaded a.dll) | x',
  ),
  socorro(
    'inlined functions come before their frame',
    {
      threads: [
        {
          frames: [
            {
              function: 'outer',
              module: 'm',
              inlines: [{ function: 'mozilla::Maybe<int>::value()' }, { file: 'b.cpp', line: 7 }],
            },
          ],
        },
      ],
    },
    'mozilla::Maybe<T>::value | b.cpp#7',
  ),
  socorro('forty frames are considered', functions(...Array<string>(40).fill('zero'), 'foo'), 'zero'),
  socorro('the fortieth frame counts', functions(...Array<string>(39).fill('zero'), 'foo'), 'foo'),
  any('256 KiB is small', { ...foo, oom_allocation_size: 262144 }, 'OOM | small'),
  any('one byte more is large', { ...foo, oom_allocation_size: 262145 }, 'OOM | large | foo'),
  any(
    'size 0 counts once another source reports OOM',
    { ...functions('js::AutoEnterOOMUnsafeRegion::crash'), oom_allocation_size: 0 },
    'OOM | small',
  ),
  any(
    'an OOM function without size is unknown',
    functions('js::AutoEnterOOMUnsafeRegion::crash', 'foo'),
    'OOM | unknown | js::AutoEnterOOMUnsafeRegion::crash | foo',
  ),
  any('an irrelevant OOM function has no effect', functions('mozalloc_handle_oom', 'foo'), 'foo'),
  any(
    'a failing JavaScript allocation is large',
    { ...foo, js_large_allocation_failure: 'Reporting', oom_allocation_size: 5 },
    'OOM | large | foo',
  ),
  any(
    'last error of the crashing thread',
    { threads: [{ frames: [{ function: 'foo' }], last_error_value: 'ERROR_COMMITMENT_LIMIT' }] },
    'OOM | unknown | foo',
  ),
  any('reason no memory', { ...foo, reason: 'STATUS_NO_MEMORY' }, 'OOM | unknown | foo'),
  any(
    'hardware comes before memory',
    {
      ...foo,
      reason: 'EXCEPTION_IN_PAGE_ERROR_READ / STATUS_DEVICE_DATA_ERROR',
      oom_allocation_size: 500000,
    },
    'OOM | large | bad hardware | foo',
  ),
  any(
    'abort message',
    { ...hello, abort_message: '[5392] ###!!! ABORT: foo bar line 42' },
    'Abort | foo bar line 42 | hello',
  ),
  any(
    'abort message with a file',
    { ...hello, abort_message: '[7616] ###!!! ABORT: unsafe destruction: file c:/a.cpp, line 777' },
    'Abort | unsafe destruction | hello',
  ),
  any(
    'abort message with only a file',
    { ...hello, abort_message: '[204] ###!!! ABORT: file ?, ' },
    'Abort | hello',
  ),
  any(
    'abort message in a language',
    { ...hello, abort_message: 'unable to find a usable font (微软雅黑)' },
    'Abort | unable to find a usable font | hello',
  ),
  any(
    'abort message whose bracket is not closed',
    { ...hello, abort_message: 'unable to find a usable font (x' },
    'Abort | unable to find a usable font (x | hello',
  ),
  any(
    'abort message whose bracket is not opened',
    { ...hello, abort_message: 'x) unable to find a usable font' },
    'Abort | x) unable to find a usable font | hello',
  ),
  any(
    'abort message that starts with a bracket',
    { ...hello, abort_message: '(x) unable to find a usable font' },
    'Abort | unable to find a usable font | hello',
  ),
  any(
    'abort message with crossed brackets',
    { ...hello, abort_message: ') unable to find a usable font (' },
    'Abort | ) unable to find a usable font unable to find a usable font ( | hello',
  ),
  any('abort message of which nothing remains', { ...hello, abort_message: 'é' }, 'Abort | | hello'),
  any(
    'abort message of 80 characters',
    { ...hello, abort_message: 'x'.repeat(80) },
    `Abort | ${'x'.repeat(80)} | hello`,
  ),
  any(
    'abort message of 81 characters',
    { ...hello, abort_message: 'x'.repeat(81) },
    `Abort | ${'x'.repeat(77)}... | hello`,
  ),
  any(
    'shutdown timeout',
    timeout({ phase: 'beginning', conditions: [{ name: 'B' }, { name: 'A' }] }),
    'AsyncShutdownTimeout | beginning | A,B',
  ),
  any(
    'shutdown timeout with odd names',
    timeout({ phase: 'p', conditions: [{ name: 'B' }, 'A', { name: 1.5 }, { name: null }, 3] }),
    'AsyncShutdownTimeout | p | 1.5,3,A,B,None',
  ),
  any(
    'shutdown timeout with floats and big numbers',
    {
      ...foo,
      async_shutdown_timeout: '{"phase":"p","conditions":[1.0,1e16,true,[1,"a"],12345678901234567890,NaN]}',
    },
    "AsyncShutdownTimeout | p | 1.0,12345678901234567890,1e+16,True,[1, 'a'],nan",
  ),
  any('shutdown timeout of other keys', timeout({ no: 'x' }), 'AsyncShutdownTimeout | (unknown) | (none)'),
  any(
    'shutdown timeout without a name',
    timeout({ phase: 'p', conditions: [{ nom: 'B' }] }),
    'AsyncShutdownTimeout | p | UNKNOWN',
  ),
  any(
    'shutdown timeout that is not JSON',
    { ...foo, async_shutdown_timeout: '{{{{' },
    'AsyncShutdownTimeout | UNKNOWN',
  ),
  any('shutdown timeout that is a list fails its rule', { ...foo, async_shutdown_timeout: '[]' }, 'foo'),
  any(
    'a watchdog uses thread 0',
    { ...hung, oom_allocation_size: 999999, abort_message: 'hi' },
    'shutdownhang | main0',
  ),
  any(
    'a watchdog without frames',
    { ...hung, threads: [{ frames: [] }, hung.threads[1]] },
    'shutdownhang | EMPTY: no frame data available',
  ),
  any(
    'all marks in their order',
    {
      ...hung,
      ipc_channel_error: 'ShutDownKill',
      ipc_message_name: 'P::M',
      reason: 'EXCEPTION_STACK_OVERFLOW',
      hang: 'ui',
    },
    'hang: ui | stackoverflow | IPCError-content | ShutDownKill | IPC_Message_Name=P::M',
  ),
  any(
    'channel error of the browser',
    { ...foo, ipc_channel_error: 'ShutDownKill', additional_minidumps: ['upload_file_minidump_browser'] },
    'IPCError-browser | ShutDownKill',
  ),
  any(
    'channel error of 100 code points',
    { ...foo, ipc_channel_error: `${'\u{1f600}'.repeat(99)}ab` },
    'IPCError-content | a',
  ),
  any('an empty hang counts', { ...foo, hang: '' }, 'hang: | foo'),
  any(
    'the stack walker’s status',
    { mdsw_status_string: 'EmptyMinidump' },
    'EMPTY: no frame data available; EmptyMinidump',
  ),
  any('tabs vanish', functions('foo\tbar'), 'foobar'),
  socorro(
    'an unprintable character in a module',
    { threads: [{ frames: [{ module: 'libxul.so\0' }, { function: 'frame2' }] }] },
    'libxul.so | frame2',
  ),
  any('255 characters stay', functions('x'.repeat(255)), 'x'.repeat(255)),
  any('256 characters are truncated', functions('x'.repeat(256)), `${'x'.repeat(252)}...`),
  any('one bad frame empties the signature', { threads: [{ frames: [{ function: 'foo' }, null] }] }, ''),
  any(
    'negative thread indexes count from the end',
    { crashing_thread: -1, threads: [{ frames: [] }, { frames: [{ function: 'foo' }] }] },
    'foo',
  ),
  any(
    'a thread index in text',
    { crashing_thread: ' 1 ', threads: [{ frames: [] }, { frames: [{ function: 'foo' }] }] },
    'foo',
  ),
  any(
    'Java address at the end',
    { java_stack_trace: 'A.B: x@deadbeef\n\tat c.d(E.java:12)' },
    'A.B: x@<addr>: at c.d(E.java)',
  ),
  any(
    'Java address inside',
    { java_stack_trace: 'A.B: x@deadbeef y\n\tat c.d(E.java:12)' },
    'A.B: x@<addr> y at c.d(E.java)',
  ),
  any('Kotlin keeps its line', { java_stack_trace: 'A.B\n\tat c.d(E.kt:12)' }, 'A.B: at c.d(E.kt:12)'),
  any(
    'Java message of two lines',
    { java_stack_trace: 'A.B: line1\nline2\n\tat c.d(E.java:1)' },
    'A.B: line1 line2',
  ),
  any(
    'Java message too long',
    { java_stack_trace: `A.B: ${'x'.repeat(300)}\nat a.b(c.java:1)` },
    'A.B: at a.b(c.java)',
  ),
  any(
    'Java exception',
    exception({
      type: 'IOException',
      module: 'java.io',
      frames: [{ module: 'a.B', function: 'c', filename: 'B.kt' }],
    }),
    'java.io.IOException: at a.B.c(B.kt)',
  ),
  any(
    'Java exception of null class',
    exception({ type: null, module: null, frames: [{}] }),
    'None: at unknown',
  ),
  any('Java exception without frames', exception({ type: 'T' }), 'T'),
  any(
    'Java exception without values',
    { java_exception: { exception: { values: [] } } },
    'EMPTY: Java exception not in expected format',
  ),
]
