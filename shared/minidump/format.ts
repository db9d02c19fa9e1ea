// Numbers and names of the minidump format: streams, processors, platforms.

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

const streamNames: ReadonlyMap<number, string> = new Map([
  [0, 'UnusedStream'],
  [1, 'ReservedStream0'],
  [2, 'ReservedStream1'],
  [3, 'ThreadListStream'],
  [4, 'ModuleListStream'],
  [5, 'MemoryListStream'],
  [6, 'ExceptionStream'],
  [7, 'SystemInfoStream'],
  [8, 'ThreadExListStream'],
  [9, 'Memory64ListStream'],
  [10, 'CommentStreamA'],
  [11, 'CommentStreamW'],
  [12, 'HandleDataStream'],
  [13, 'FunctionTable'],
  [14, 'UnloadedModuleListStream'],
  [15, 'MiscInfoStream'],
  [16, 'MemoryInfoListStream'],
  [17, 'ThreadInfoListStream'],
  [18, 'HandleOperationListStream'],
  [19, 'TokenStream'],
  [20, 'JavaScriptDataStream'],
  [21, 'SystemMemoryInfoStream'],
  [22, 'ProcessVmCountersStream'],
  [23, 'IptTraceStream'],
  [24, 'ThreadNamesStream'],
  [32768, 'ceStreamNull'],
  [32769, 'ceStreamSystemInfo'],
  [32770, 'ceStreamException'],
  [32771, 'ceStreamModuleList'],
  [32772, 'ceStreamProcessList'],
  [32773, 'ceStreamThreadList'],
  [32774, 'ceStreamThreadContextList'],
  [32775, 'ceStreamThreadCallStackList'],
  [32776, 'ceStreamMemoryVirtualList'],
  [32777, 'ceStreamMemoryPhysicalList'],
  [32778, 'ceStreamBucketParameters'],
  [32779, 'ceStreamProcessModuleMap'],
  [32780, 'ceStreamDiagnosisList'],
  [0xffff, 'LastReservedStream'],
  [0x43500001, 'CrashpadInfoStream'],
  [0x47670001, 'BreakpadInfoStream'],
  [0x47670002, 'AssertionInfoStream'],
  [0x47670003, 'LinuxCpuInfo'],
  [0x47670004, 'LinuxProcStatus'],
  [0x47670005, 'LinuxLsbRelease'],
  [0x47670006, 'LinuxCmdLine'],
  [0x47670007, 'LinuxEnviron'],
  [0x47670008, 'LinuxAuxv'],
  [0x47670009, 'LinuxMaps'],
  [0x4767000a, 'LinuxDsoDebug'],
  [0x4b6b0002, 'StabilityReportStream'],
  [0x4d7a0001, 'MozMacosCrashInfoStream'],
  [0x4d7a0002, 'MozMacosBootargsStream'],
  [0x4d7a0003, 'MozLinuxLimits'],
  [0x4d7a0004, 'MozSoftErrors'],
])

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

/** Processors, by the name used in reports. Older readers recognize but do not report the `riscv` ones. */
export type CpuName =
  | 'x86'
  | 'amd64'
  | 'arm'
  | 'arm64'
  | 'mips'
  | 'mips64'
  | 'ppc'
  | 'ppc64'
  | 'sparc'
  | 'riscv'
  | 'riscv64'
  | 'unknown'

const architectures: ReadonlyMap<number, CpuName> = new Map<number, CpuName>([
  [0, 'x86'],
  [1, 'mips'],
  [3, 'ppc'],
  [5, 'arm'],
  [9, 'amd64'],
  [10, 'x86'],
  [12, 'arm64'],
  [0x8001, 'sparc'],
  [0x8002, 'ppc64'],
  [0x8003, 'arm64'],
  [0x8004, 'mips64'],
  [0x8005, 'riscv'],
  [0x8006, 'riscv64'],
])

/** The architecture number of Breakpad's own arm64 context layout; its core file converter still writes it. */
export const arm64OldArchitecture = 0x8003

export const cpuName = (architecture: number): CpuName => architectures.get(architecture) ?? 'unknown'

/** Bytes of a pointer, or null for an unknown processor. */
export function pointerSize(cpu: CpuName): 4 | 8 | null {
  if (cpu === 'unknown') return null
  return cpu === 'x86' ||
    cpu === 'ppc' ||
    cpu === 'sparc' ||
    cpu === 'arm' ||
    cpu === 'mips' ||
    cpu === 'riscv'
    ? 4
    : 8
}

/** Operating systems that readers distinguish; `other` is identified by SystemInfo.platformId. */
export type OsName = 'windows' | 'mac' | 'ios' | 'linux' | 'solaris' | 'android' | 'ps3' | 'nacl' | 'other'

const platforms: ReadonlyMap<number, readonly [OsName, string]> = new Map<number, readonly [OsName, string]>([
  [2, ['windows', 'Windows NT']],
  [3, ['windows', 'Windows NT']],
  [0x8101, ['mac', 'Mac OS X']],
  [0x8102, ['ios', 'iOS']],
  [0x8201, ['linux', 'Linux']],
  [0x8202, ['solaris', 'Solaris']],
  [0x8203, ['android', 'Android']],
  [0x8204, ['ps3', 'PS3']],
  [0x8205, ['nacl', 'NaCl']],
])

export const osName = (platformId: number): OsName => platforms.get(platformId)?.[0] ?? 'other'

/** The operating system as printed in reports; an unknown number keeps the doubled `0x` that consumers expect. */
export const osLabel = (platformId: number): string =>
  platforms.get(platformId)?.[1] ?? `0x0x${platformId.toString(16).padStart(6, '0')}`
