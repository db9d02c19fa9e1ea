// What four weeks of the sample apps contain: volumes, releases, and what is hidden for readers to find.

/**
 * Shares over time: days from the first start (negative: before it) and shares relative to the others, interpolated
 * between them, constant before and after.
 */
export type Curve = readonly (readonly [day: number, share: number])[]

export type MadePlatform = 'windows' | 'mac' | 'linux' | 'android'

export interface MadeRelease {
  version: string
  channel: string
  buildId: string
  share: Curve
  /** Percent of its reports that were stored. Default: all. */
  percent?: number
}

/** A frame: `function @ file:line`, of the library of the app; `library!function` for one without symbols. */
export type MadeFrame = string

/** What has more of the crashes of a signature than of others, in percent. */
export interface MadeCorrelation {
  module?: { name: string; version: string; inside: number; outside: number }
  /** A field and the value that these crashes have more often. */
  value?: { field: 'adapter_vendor_id' | 'android_model'; value: string; inside: number }
}

export interface MadeSignature {
  /** Innermost first; the signature is generated from them. */
  frames: readonly MadeFrame[]
  /** Of the crashes of the app. */
  share: Curve
  platforms: readonly MadePlatform[]
  /** Only in these versions. Default: in all. */
  versions?: readonly string[]
  processType?: string
  reason?: 'read' | 'write' | 'abort'
  isHang?: true
  /** At start-up, in percent. Default: 3. */
  startup?: number
  correlation?: MadeCorrelation
}

/** Known bugs of a signature that a planting or a sample has. */
export interface MadeBug {
  id: string
  summary: string
  signatures: readonly string[]
  isOpen: boolean
  /** When it was reported, in days from the first start. */
  day: number
}

export interface MadeApp {
  product: string
  /** The library that frames belong to. */
  library: string
  /** Stored reports on a weekday. */
  perDay: number
  releases: readonly MadeRelease[]
  /** The outermost frames of every planted stack. */
  tail: readonly MadeFrame[]
  signatures: readonly MadeSignature[]
  /** Share of all crashes that have a stack of the real samples of the app. */
  sampleShare: number
  /** Active users on a weekday; absent: not known. */
  users?: number
}

const always = (share: number): Curve => [[0, share]]
/** From a day on; the share is reached after `days`. */
const from = (day: number, share: number, days = 2): Curve => [
  [day - 1, 0],
  [day - 1 + days, share],
]

const heron: MadeApp = {
  product: 'Heron',
  library: 'heron',
  perDay: 32,
  users: 84_000,
  sampleShare: 0.22,
  releases: [
    {
      version: '130.0',
      channel: 'release',
      buildId: '20260914093012',
      percent: 10,
      share: [
        [-14, 6],
        [-8, 2],
        [-1, 0.6],
      ],
    },
    { version: '131.0', channel: 'release', buildId: '20261012094512', percent: 10, share: from(-14, 6, 7) },
    {
      version: '132.0b3',
      channel: 'beta',
      buildId: '20261012180501',
      share: [
        [-9, 2],
        [-6, 0.1],
      ],
    },
    { version: '132.0b4', channel: 'beta', buildId: '20261019180501', share: from(-9, 2, 3) },
    { version: '133.0a1', channel: 'nightly', buildId: '20261021093044', share: always(1.4) },
    { version: '128.4.0esr', channel: 'esr', buildId: '20261005110000', share: always(0.8) },
  ],
  tail: [
    'base::RunLoop::Run() @ src/base/run_loop.cpp:118',
    'heron::ContentMain(heron::ContentParams) @ src/app/content_main.cpp:64',
    'main @ src/app/main.cpp:29',
  ],
  signatures: [
    {
      // The regression of 131.0, with its correlations.
      frames: [
        'net::DiskCache::Evict(net::CacheEntry*) @ src/net/disk_cache.cpp:412',
        'net::DiskCache::Trim(unsigned long long) @ src/net/disk_cache.cpp:377',
        'net::HttpCache::OnWriteFinished(int) @ src/net/http_cache.cpp:1206',
        'base::TaskQueue::RunOne() @ src/base/task_queue.cpp:87',
      ],
      share: always(0.34),
      platforms: ['windows'],
      versions: ['131.0'],
      correlation: {
        module: { name: 'glowbar64.dll', version: '3.2.0.118', inside: 86, outside: 4 },
        value: { field: 'adapter_vendor_id', value: '0x10de', inside: 78 },
      },
    },
    {
      // Fixed in 131.0.
      frames: [
        'layout::TextRun::Shape(layout::Font const&) @ src/layout/text_run.cpp:233',
        'layout::LineBreaker::Next() @ src/layout/line_breaker.cpp:91',
        'layout::BlockFlow::Reflow(layout::Constraints const&) @ src/layout/block_flow.cpp:518',
      ],
      share: always(0.2),
      platforms: ['windows', 'mac', 'linux'],
      versions: ['130.0'],
      processType: 'content',
    },
    {
      frames: [
        'gfx::Compositor::Present(gfx::Surface*) @ src/gfx/compositor.cpp:702',
        'gfx::Compositor::DrawFrame() @ src/gfx/compositor.cpp:655',
        'gfx::RenderThread::Tick() @ src/gfx/render_thread.cpp:140',
      ],
      share: always(0.16),
      platforms: ['windows', 'windows', 'mac'],
      processType: 'gpu',
      reason: 'write',
    },
    {
      frames: [
        'js::Heap::Sweep(js::Arena*) @ src/js/heap.cpp:1290',
        'js::Heap::Collect(js::Reason) @ src/js/heap.cpp:944',
        'js::Runtime::MaybeCollect() @ src/js/runtime.cpp:377',
      ],
      share: always(0.13),
      platforms: ['windows', 'mac', 'linux'],
      processType: 'content',
    },
    {
      frames: [
        'ipc::Channel::Send(ipc::Message&&) @ src/ipc/channel.cpp:208',
        'ipc::Router::Forward(unsigned int) @ src/ipc/router.cpp:61',
      ],
      share: always(0.08),
      platforms: ['windows', 'mac'],
      reason: 'abort',
    },
    {
      frames: [
        'profile::Store::Open(std::string const&) @ src/profile/store.cpp:77',
        'profile::Manager::Start() @ src/profile/manager.cpp:42',
        'heron::Startup::Run() @ src/app/startup.cpp:131',
      ],
      share: always(0.07),
      platforms: ['windows', 'mac'],
      startup: 96,
    },
    {
      frames: [
        'ui::EventLoop::Wait(base::TimeDelta) @ src/ui/event_loop.cpp:310',
        'ui::FilePicker::Show() @ src/ui/file_picker.cpp:88',
      ],
      share: always(0.06),
      platforms: ['windows'],
      isHang: true,
    },
  ],
}

const quill: MadeApp = {
  product: 'Quill',
  library: 'quill',
  perDay: 14,
  sampleShare: 0.4,
  releases: [
    {
      version: '4.2.1',
      channel: 'stable',
      buildId: '20260930',
      percent: 20,
      share: [
        [-18, 6],
        [-11, 2],
        [-2, 1],
      ],
    },
    { version: '4.3.0', channel: 'stable', buildId: '20261014', percent: 20, share: from(-18, 5, 8) },
    { version: '4.4.0-insider', channel: 'insider', buildId: '20261021', share: always(1.2) },
  ],
  tail: ['quill::Window::Dispatch(quill::Event) @ src/window.cc:144', 'electron!main'],
  signatures: [
    {
      // New in the last days, and many: an alert.
      frames: [
        'quill::Clipboard::Paste(quill::Format) @ src/clipboard.cc:96',
        'quill::Editor::InsertFragment(quill::Fragment const&) @ src/editor.cc:571',
        'quill::CommandMap::Run(quill::Command) @ src/commands.cc:203',
      ],
      share: from(-4, 1.6, 1),
      platforms: ['mac', 'windows'],
      versions: ['4.3.0', '4.4.0-insider'],
      processType: 'renderer',
    },
    {
      frames: [
        'quill::Spellcheck::LoadDictionary(std::string const&) @ src/spellcheck.cc:58',
        'quill::Spellcheck::Enable() @ src/spellcheck.cc:33',
      ],
      share: always(0.35),
      platforms: ['windows', 'mac', 'linux'],
      processType: 'renderer',
    },
    {
      // Fixed in 4.3.0.
      frames: [
        'quill::Session::Restore(quill::Snapshot const&) @ src/session.cc:188',
        'quill::App::Ready() @ src/app.cc:74',
      ],
      share: always(0.25),
      platforms: ['windows', 'mac'],
      versions: ['4.2.1'],
      startup: 90,
    },
  ],
}

const ledger: MadeApp = {
  product: 'Ledger',
  library: 'ledger',
  perDay: 13,
  sampleShare: 0.68,
  releases: [
    {
      version: '2.8.0',
      channel: 'stable',
      buildId: '20260901101010',
      percent: 20,
      share: [
        [-24, 5],
        [-12, 2.4],
        [-1, 1.6],
      ],
    },
    { version: '2.9.1', channel: 'stable', buildId: '20261003101010', percent: 20, share: from(-24, 4, 10) },
    { version: '3.0.0-rc2', channel: 'beta', buildId: '20261018101010', share: from(-10, 1.4, 4) },
  ],
  tail: ['ledger::Application::run() @ /src/ledger/application.cpp:52', 'main @ /src/ledger/main.cpp:17'],
  signatures: [
    {
      // More and more often.
      frames: [
        'ledger::import::CsvReader::readRow(ledger::Row&) @ /src/ledger/import/csv_reader.cpp:204',
        'ledger::import::Importer::run() @ /src/ledger/import/importer.cpp:118',
      ],
      share: [
        [-12, 0.06],
        [-3, 0.5],
      ],
      platforms: ['windows', 'mac', 'linux'],
      reason: 'write',
    },
    {
      frames: [
        'ledger::print::Layout::measure(ledger::Page const&) @ /src/ledger/print/layout.cpp:341',
        'ledger::print::Preview::draw() @ /src/ledger/print/preview.cpp:96',
      ],
      share: always(0.14),
      platforms: ['windows', 'mac'],
    },
  ],
}

const forge: MadeApp = {
  product: 'Forge',
  library: 'forge',
  perDay: 8,
  sampleShare: 0.7,
  releases: [
    {
      version: '0.31.0',
      channel: 'stable',
      buildId: '31000',
      percent: 25,
      share: [
        [-16, 5],
        [-6, 1],
      ],
    },
    { version: '0.32.0', channel: 'stable', buildId: '32000', percent: 25, share: from(-16, 5, 8) },
    { version: '0.33.0-dev', channel: 'dev', buildId: '33014', share: always(2) },
  ],
  tail: ['forge::worker::run @ src/worker.rs:88', 'forge::main @ src/main.rs:31'],
  signatures: [
    {
      // Gone with 0.32.0.
      frames: [
        'forge::cache::Entry::decode @ src/cache/entry.rs:141',
        'forge::cache::Store::get @ src/cache/store.rs:66',
      ],
      share: always(0.3),
      platforms: ['linux', 'linux', 'mac'],
      versions: ['0.31.0'],
      reason: 'abort',
    },
    {
      frames: [
        'forge::scheduler::Queue::steal @ src/scheduler/queue.rs:207',
        'forge::scheduler::tick @ src/scheduler/mod.rs:90',
      ],
      share: always(0.15),
      platforms: ['linux', 'windows'],
    },
  ],
}

const tern: MadeApp = {
  product: 'Tern',
  library: 'tern',
  perDay: 8,
  sampleShare: 0.6,
  releases: [
    { version: '11.0', channel: 'release', buildId: '20261001080000', percent: 20, share: always(5) },
    { version: '11.1', channel: 'beta', buildId: '20261016080000', share: from(-13, 2, 4) },
  ],
  tail: ['tern::SensorThread::loop() @ native/sensor_thread.cpp:71'],
  signatures: [
    {
      // On one model of device.
      frames: [
        'tern::Barometer::poll() @ native/barometer.cpp:129',
        'tern::SensorHub::sample(tern::Channel) @ native/sensor_hub.cpp:54',
      ],
      share: always(0.4),
      platforms: ['android'],
      correlation: { value: { field: 'android_model', value: 'Pelican 7', inside: 88 } },
    },
    {
      frames: ['tern::Chart::draw(tern::Canvas&) @ native/chart.cpp:260'],
      share: always(0.12),
      platforms: ['android'],
    },
  ],
}

const almanac: MadeApp = {
  product: 'Almanac',
  library: 'almanac',
  perDay: 6,
  sampleShare: 0.75,
  releases: [
    { version: '7.4', channel: 'lts', buildId: '20260815120000', percent: 25, share: always(3) },
    {
      version: '8.0',
      channel: 'stable',
      buildId: '20261009120000',
      percent: 25,
      share: [
        [-27, 2],
        [-4, 5],
      ],
    },
  ],
  tail: ['almanac::Runner::run() @ src/runner.cpp:61', 'main @ src/main.cpp:40'],
  signatures: [
    {
      frames: [
        'almanac::Table::merge(almanac::Table const&) @ src/table.cpp:388',
        'almanac::Pipeline::step() @ src/pipeline.cpp:112',
      ],
      share: always(0.25),
      platforms: ['linux', 'windows'],
    },
  ],
}

export const madeApps: readonly MadeApp[] = [heron, quill, ledger, forge, tern, almanac]

export const madeBugs: readonly MadeBug[] = [
  {
    id: 'HERON-412',
    summary: 'Crash when the disk cache is trimmed with GlowBar installed',
    signatures: ['net::DiskCache::Evict'],
    isOpen: true,
    day: -11,
  },
  {
    id: 'HERON-377',
    summary: 'Text of an unloaded font is shaped',
    signatures: ['layout::TextRun::Shape', 'layout::LineBreaker::Next'],
    isOpen: false,
    day: -40,
  },
  {
    id: 'HERON-288',
    summary: 'The compositor presents a surface that the driver has lost',
    signatures: ['gfx::Compositor::Present'],
    isOpen: true,
    day: -95,
  },
  {
    id: 'LEDGER-91',
    summary: 'Balance of an account without entries',
    signatures: ['app::Ledger::read_balance', 'ledger::Report::total'],
    isOpen: true,
    day: -20,
  },
  {
    id: 'FORGE-1203',
    summary: 'Cache entries of older versions are not readable',
    signatures: ['forge::cache::Entry::decode'],
    isOpen: false,
    day: -33,
  },
]
