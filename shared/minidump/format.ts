// Numbers and names of the minidump format: streams, platforms. The tables are in format.json.
import format from './format.json' with { type: 'json' }

export const streamTypes = {
  unused: 0,
  threadList: 3,
  moduleList: 4,
  memoryList: 5,
  exception: 6,
  systemInfo: 7,
  memory64List: 9,
  handleData: 12,
  unloadedModuleList: 14,
  miscInfo: 15,
  memoryInfoList: 16,
  threadInfoList: 17,
  threadNames: 24,
  crashpadInfo: 0x43500001,
  breakpadInfo: 0x47670001,
  assertionInfo: 0x47670002,
  linuxCpuInfo: 0x47670003,
  linuxProcStatus: 0x47670004,
  linuxLsbRelease: 0x47670005,
  linuxCmdLine: 0x47670006,
  linuxEnviron: 0x47670007,
  linuxAuxv: 0x47670008,
  linuxMaps: 0x47670009,
  linuxDsoDebug: 0x4767000a,
  stabilityReport: 0x4b6b0002,
  macCrashInfo: 0x4d7a0001,
  macBootArgs: 0x4d7a0002,
  linuxLimits: 0x4d7a0003,
  softErrors: 0x4d7a0004,
} as const

/** Names by number. */
export type Names = ReadonlyMap<number, string>

/** The names of a JSON table, whose keys are numbers as text. */
export const namesOf = (table: Readonly<Record<string, string>> = {}): Names =>
  new Map(Object.entries(table).map(([number, name]) => [Number(number), name]))

const streamNames = namesOf(format.streams)

/** The name of a stream type; for an unknown type, the vendor of its range. */
export const streamName = (type: number): string => streamNames.get(type) ?? streamVendor(type)

export const isKnownStream = (type: number): boolean => streamNames.has(type)

/** The vendor that defines the range of stream types `type` belongs to. */
export function streamVendor(type: number): string {
  if (type <= 0xffff) return 'Official'
  const vendor = type >>> 16
  if (vendor === 0x4767) return 'Google Extension'
  return vendor === 0x4d7a ? 'Mozilla Extension' : 'Unknown Extension'
}

/** Operating systems that readers distinguish; `other` is identified by SystemInfo.platformId. */
export type OsName = 'windows' | 'mac' | 'ios' | 'linux' | 'solaris' | 'android' | 'ps3' | 'nacl' | 'other'

const platforms = new Map(Object.entries(format.platforms).map(([id, names]) => [Number(id), names]))

export const osName = (platformId: number): OsName =>
  (platforms.get(platformId)?.[0] as OsName | undefined) ?? 'other'

/** The operating system as printed in reports; an unknown number keeps the doubled `0x` that consumers expect. */
export const osLabel = (platformId: number): string =>
  platforms.get(platformId)?.[1] ?? `0x0x${platformId.toString(16).padStart(6, '0')}`
