// Invented products for the pages, with difficult values: long names, missing values, markup in text.
import { missingName } from '../../shared/aggregates/documents.ts'

export interface SampleProduct {
  name: string
  slug: string
  description: string
  versions: string[]
  /** Channel and the weight of its stored reports. */
  channels: [channel: string, weight: number][]
  /** A platform, followed by its versions. */
  platforms: [platform: string, ...versions: string[]][]
  processTypes: string[]
  signatures: string[]
  /** Imported use. */
  usersADay?: number
}

/** One invented crash report and its weight. */
export interface SampleCrash {
  crashId: string
  product: SampleProduct
  day: number
  version: string
  channel: string
  platform: string
  platformVersion: string
  processType: string
  signature: string
  weight: number
  installTime: number
  startup: boolean
  hang: boolean
  garbageCollecting: boolean
  uptime: number
}

/** Would run a script or show an image if a page inserted it as markup. */
export const hostileText = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>&amp;"\'`{1}'

const places = [
  'Open',
  'Close',
  'Draw',
  'Layout',
  'Save',
  'Resize',
  'Load',
  'Release',
  'Swap',
  'Dispatch',
  'Poll',
]
const things = [
  'Document',
  'Window',
  'Glyph Cache',
  'Texture',
  'Session',
  'Socket',
  'Codec',
  'Surface',
  'Timer',
]

const invent = (space: string, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const thing = things[(index * 5) % things.length]!.replace(' ', '')
    const place = places[(index * 3) % places.length]!
    return index % 4 === 2
      ? `${space}::${thing}<${space}::Handle*, std::allocator<${space}::Handle*> >::${place}`
      : `${space}::${thing}::${place}${index > 20 ? index : ''}`
  })

export const sampleProducts: SampleProduct[] = [
  {
    name: 'Lumen',
    usersADay: 52_000,
    slug: 'lumen',
    description: 'Web browser for the desktop',
    versions: ['142.0.1', '142.0', '143.0b4', '141.0.3', '144.0a1', '128.9.0esr'],
    channels: [
      ['release', 10],
      ['beta', 1],
      ['nightly', 1],
      ['esr', 1],
    ],
    platforms: [
      ['Windows NT', 'Windows 11', 'Windows 10', 'Windows 7'],
      ['Mac OS X', 'macOS 26', 'macOS 15', 'macOS 14'],
      ['Linux', 'Debian GNU/Linux 13', 'Ubuntu 26.04 LTS', 'Fedora Linux 44'],
      ['Unknown', ''],
    ],
    processTypes: ['parent', 'content', 'gpu', 'rdd', 'utility', 'socket'],
    signatures: [
      'OOM | small',
      'shutdownhang | kernelbase.dll | lumen::Service::WaitForAllBlockersToFinishBeforeTheProcessExits',
      'lumen::Renderer::Paint',
      'core::option::unwrap_failed | lumen_net::pool::Connection::take',
      hostileText,
      ...invent('lumen', 66),
    ],
  },
  {
    name: 'Lumen Mobile',
    slug: 'lumen-mobile',
    description: 'Web browser for phones',
    versions: ['142.0.1', '142.0', '143.0b4'],
    channels: [
      ['release', 5],
      ['beta', 1],
    ],
    platforms: [['Android', 'Android 17', 'Android 16', 'Android 14']],
    processTypes: ['parent', 'content', 'gpu'],
    signatures: [
      'java.lang.IllegalStateException: at org.lumen.tabs.TabTray.restore(TabTray.kt)',
      'OOM | small',
      ...invent('lumen::mobile', 24),
    ],
  },
  {
    name: 'Atelier',
    slug: 'atelier',
    description: 'Image editor',
    versions: ['3.2.0', '3.1.4', '3.1.3', '2.10.38'],
    channels: [
      ['stable', 1],
      [missingName, 1],
    ],
    platforms: [
      ['Linux', 'Debian GNU/Linux 13', 'Arch Linux'],
      ['Windows NT', 'Windows 11', 'Windows 10'],
      ['Mac OS X', 'macOS 26'],
    ],
    processTypes: ['parent', 'plugin'],
    signatures: invent('atelier', 22),
  },
  {
    name: 'relayd',
    slug: 'relayd',
    description: '',
    versions: ['0.9.1', '0.9.0', missingName],
    channels: [['release', 1]],
    platforms: [['Linux', 'Debian GNU/Linux 13', 'Alpine Linux v3.23']],
    processTypes: ['parent'],
    signatures: ['abort | relayd::Session::decode', ...invent('relayd', 6)],
  },
]
