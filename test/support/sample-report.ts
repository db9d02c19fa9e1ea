// An invented public crash as the edge returns it: inlined functions, missing symbols, unloaded modules, many threads.
import { hostileText } from './sample-products.ts'

type Json = Record<string, unknown>

const hex = (value: number) => `0x${value.toString(16).padStart(16, '0')}`
const revision = '7f3c0d9a41be'

interface FrameParts {
  function?: string
  file?: string
  line?: number
  trust?: string
  inlines?: { function: string; file: string | null; line: number | null }[]
  unloaded?: { module: string; offsets: string[] }[]
}

function frame(number: number, module: string | null, parts: FrameParts = {}): Json {
  const offset = 0x7f1c_4a20_0000 + number * 0x1340
  return {
    frame: number,
    module,
    module_offset: module ? hex(0x2a_1000 + number * 0x1340) : null,
    offset: hex(offset),
    function: parts.function ?? null,
    function_offset: parts.function ? hex(0x2c) : null,
    file: parts.file ?? null,
    line: parts.line ?? null,
    inlines: parts.inlines ?? null,
    missing_symbols: module !== null && !parts.function,
    trust: parts.trust ?? (number === 0 ? 'context' : 'cfi'),
    unloaded_modules: parts.unloaded ?? null,
  }
}

const crashingFrames: Json[] = [
  frame(0, 'liblumen.so', {
    function: 'lumen::Surface::Release(lumen::Handle *,unsigned int)',
    file: `git:github.com/lumen-browser/lumen:gfx/surface.cpp:${revision}`,
    line: 418,
    inlines: [
      {
        function: 'std::unique_ptr<lumen::Buffer, std::default_delete<lumen::Buffer> >::reset',
        file: '/usr/include/c++/14/bits/unique_ptr.h',
        line: 205,
      },
      { function: 'lumen::Buffer::~Buffer', file: 'gfx/buffer.h', line: 61 },
    ],
  }),
  frame(1, 'liblumen.so', {
    function: 'lumen::Compositor::Present',
    file: `hg:hg.mozilla.org/mozilla-central:gfx/compositor.cpp:${revision}`,
    line: 1203,
  }),
  frame(2, 'libgallium-25.so', { trust: 'frame_pointer' }),
  frame(3, null, {
    trust: 'scan',
    unloaded: [{ module: 'obs-overlay.so', offsets: ['0x000000000000e4df'] }],
  }),
  frame(4, 'liblumen.so', { function: hostileText, file: 'javascript:alert(1)', line: 7, trust: 'scan' }),
  frame(5, 'lumen', { function: 'main', file: 'app/main.cpp', line: 88 }),
  frame(6, 'libc.so.6', { trust: 'scan' }),
  frame(7, 'libc.so.6', { function: '__libc_start_main', trust: 'scan' }),
  frame(8, 'ld-linux-x86-64.so.2', { trust: 'scan' }),
  { frame: 9, truncated: { msg: '112 frames truncated' } },
]

const idleFrames: Json[] = [
  frame(0, 'libc.so.6', { function: '__futex_abstimed_wait_common', trust: 'context' }),
  frame(1, 'libc.so.6', { function: 'pthread_cond_wait' }),
  frame(2, 'liblumen.so', { function: 'lumen::ThreadPool::Worker::Run', file: 'base/pool.cpp', line: 77 }),
]

const threadNames = [
  'lumen',
  'Compositor',
  'GPU watchdog',
  'DNS resolver',
  'Timer',
  null,
  'ImageDecoder #1',
  hostileText,
]

function moduleOf(filename: string, place: number, symbols: 'loaded' | 'missing' | 'none' | 'corrupt'): Json {
  return {
    filename,
    base_addr: hex(0x7f1c_4000_0000 + place * 0x40_0000),
    end_addr: hex(0x7f1c_4000_0000 + place * 0x40_0000 + 0x3f_0000),
    debug_file: filename,
    debug_id: `${(0xa3f1_9000 + place * 977).toString(16).toUpperCase()}4C4C44205044422E4C4C445544000`.padEnd(
      33,
      '0',
    ),
    code_id: `a3f19${place}4c4c44205044422e`,
    version: place % 3 ? `1.${place}.0` : null,
    cert_subject: null,
    loaded_symbols: symbols === 'loaded' || symbols === 'corrupt',
    missing_symbols: symbols === 'missing',
    corrupt_symbols: symbols === 'corrupt',
    symbol_url: symbols === 'loaded' ? `https://symbols.example.org/${filename}/x.sym` : null,
  }
}

const modules: Json[] = [
  moduleOf('lumen', 0, 'loaded'),
  moduleOf('liblumen.so', 1, 'loaded'),
  moduleOf('libgallium-25.so', 2, 'missing'),
  moduleOf('libc.so.6', 3, 'missing'),
  moduleOf('libbroken.so', 4, 'corrupt'),
  { ...moduleOf('libhostile.so', 5, 'loaded'), symbol_url: 'javascript:alert(1)', version: hostileText },
  ...Array.from({ length: 40 }, (_, index) =>
    moduleOf(`libsystem-${index + 1}.so.${index % 7}`, 6 + index, 'none'),
  ),
]

const stackRule = 'SignatureGenerationRule'
const steps = [
  {
    rule: stackRule,
    what: 'skipped std::unique_ptr<T>::reset: a wrapper; the code that uses it is more specific (C++ runtime and standard library: std::unique_ptr<T>)',
  },
  {
    rule: stackRule,
    what: 'skipped lumen::Buffer::~Buffer: frees for its owner (lumen functions: lumen::Buffer::~)',
  },
  {
    rule: stackRule,
    what: `selected ${hostileText} and continued: a JIT frame (script engines: .*script.*)`,
  },
  { rule: stackRule, what: 'selected lumen::Surface::Release and stopped: it is in no list' },
  { rule: stackRule, what: 'joined the selected frames: the signature became "lumen::Surface::Release"' },
]

/** The processed crash under `crashId`. */
export function sampleReport(crashId: string): Json {
  return {
    crash_id: crashId,
    uuid: crashId,
    product: 'Lumen',
    version: '142.0.1',
    release_channel: 'release',
    build: '20261104093000',
    vendor: 'Lumen Project',
    process_type: 'gpu',
    report_type: 'crash',
    signature: 'lumen::Surface::Release',
    signature_steps: steps,
    signature_version: 'default-97b2d32d',
    proto_signature: 'lumen::Surface::Release | lumen::Compositor::Present | main',
    reason: 'SIGSEGV / SEGV_MAPERR',
    address: '0x0000000000000010',
    os_name: 'Linux',
    os_version: '6.12.57 #1 SMP',
    os_pretty_version: 'Debian GNU/Linux 13',
    cpu_arch: 'amd64',
    cpu_info: 'family 25 model 97 stepping 2',
    cpu_count: 16,
    crashing_thread: 1,
    crashing_thread_name: 'Compositor',
    thread_count: threadNames.length,
    submitted_timestamp: '2026-11-22T09:41:07.120000+00:00',
    date_processed: '2026-11-22T09:41:07.120000+00:00',
    completed_datetime: '2026-11-22T09:42:11.000000+00:00',
    crash_time: 1795340460,
    install_time: 1794000000,
    install_age: 1340460,
    uptime: 3725,
    last_crash: 604_912,
    startup_crash: false,
    total_physical_memory: 34_263_465_984,
    available_physical_memory: 8_589_934_592,
    system_memory_use_percentage: 75,
    app_notes: `GL: Mesa 25\nX11 ${hostileText}`,
    abort_message: null,
    throttle_rule: 'release',
    throttle_percent: 10,
    weight: 10,
    started_datetime: '2026-11-22T09:42:10.250000+00:00',
    processor_version: 'default-1f2e3d4c',
    success: true,
    symbol_places: ['the store', 'https://symbols.example.org/', 'a private server'],
    addons: ['dark@example.org:1.4', `${hostileText}:2.0`],
    processor_notes: 'frames 7 truncated\nlibgallium-25.so: no symbols',
    modules_in_stack: 'liblumen.so/A3F;libgallium-25.so/B1',
    telemetry_environment: {
      build: { architecture: 'x86-64' },
      settings: { locale: 'de' },
      addons: {
        activeAddons: { 'dark@example.org': { name: 'Dark pages', isSystem: false, signedState: 2 } },
      },
    },
    hostile_annotation: hostileText,
    json_dump: {
      status: 'OK',
      pid: 4711,
      main_module: 0,
      crash_info: {
        type: 'SIGSEGV / SEGV_MAPERR',
        address: '0x0000000000000010',
        adjusted_address: { kind: 'null-pointer', offset: '0x0000000000000010' },
        crashing_thread: 1,
        instruction: 'mov rax, qword [rdi + 0x10]',
      },
      system_info: { os: 'Linux', os_ver: '6.12.57', cpu_arch: 'amd64', cpu_count: 16 },
      modules,
      unloaded_modules: [
        { filename: 'obs-overlay.so', code_id: 'beef', base_addr: hex(0x7f1c_9000_0000), cert_subject: null },
      ],
      crashpad_info: {
        simple_annotations: { prod: 'Lumen', ver: '142.0.1', ptype: 'gpu', channel: 'release' },
        modules: [
          {
            module: 'liblumen.so',
            simple_annotations: {},
            objects: [
              { name: 'ReleaseChannel', type: 1, value: 'release' },
              { name: 'AbortMessage', type: 1, value: `Check failed: surface. ${hostileText}` },
            ],
          },
          { module: 'libc.so.6', simple_annotations: {}, objects: [] },
        ],
      },
      thread_count: threadNames.length,
      threads: threadNames.map((name, index) => ({
        thread_id: 4711 + index,
        thread_name: name,
        last_error_value: null,
        frame_count: index === 1 ? 119 : idleFrames.length,
        frames: index === 1 ? crashingFrames : idleFrames,
      })),
      crashing_thread: {
        threads_index: 1,
        thread_name: 'Compositor',
        frame_count: 119,
        frames: crashingFrames,
      },
    },
  }
}
