// Rules for the machine: CPU and operating system, from the dump or, without one, from annotations.
import type { PartialCrash, RawCrash } from '../../../shared/crash.ts'
import { own } from '../../../shared/own.ts'
import { type Rule, rule, annotationText } from './rule.ts'
import { present } from '../../../shared/present.ts'

const cpuInfo = rule({
  name: 'cpu-info',
  version: 2,
  after: ['stackwalk'],
  run(_input, draft) {
    const system = draft.json_dump?.system_info
    return {
      cpu_info: system?.cpu_info ?? null,
      cpu_count: system?.cpu_count ?? null,
      cpu_arch: system?.cpu_arch ?? 'unknown',
      ...present({ cpu_microcode_version: system?.cpu_microcode_version }),
    }
  },
})

const androidAbis: ReadonlyMap<string, string> = new Map([
  ['armeabi-v7a', 'arm'],
  ['arm64-v8a', 'arm64'],
  ['x86_64', 'amd64'],
])

const androidCpu = rule({
  name: 'android-cpu',
  version: 2,
  after: ['cpu-info'],
  run(input, draft) {
    const abi = annotationText(input, 'Android_CPU_ABI')
    return draft.cpu_arch === 'unknown' && abi ? { cpu_arch: androidAbis.get(abi) ?? abi } : null
  },
})

const osInfo = rule({
  name: 'os-info',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const system = draft.json_dump?.system_info
    return { os_name: system?.os?.trim() || 'Unknown', os_version: system?.os_ver?.trim() ?? '' }
  },
})

const androidOs = rule({
  name: 'android-os',
  version: 1,
  after: ['os-info'],
  run(input, draft) {
    const version = annotationText(input, 'Android_Version')
    if (!version || !['unknown', 'android'].includes((draft.os_name ?? '').toLowerCase())) return null
    const sdk = version.trim().split(' ')[0]!
    return { os_name: 'Android', os_version: /^\d+$/.test(sdk) ? sdk : '' }
  },
})

type SystemField = 'cpu_arch' | 'cpu_info' | 'os_name' | 'os_version'

/** Annotations may provide the fields of a missing dump. */
const clientPlatform = rule({
  name: 'client-platform',
  version: 2,
  after: ['android-cpu', 'android-os'],
  run(input, draft) {
    const out: PartialCrash = {}
    const fill = (field: SystemField, unknown: string, annotation: keyof RawCrash) => {
      const value = annotationText(input, annotation)?.trim()
      if (value && (draft[field] === unknown || !draft[field])) out[field] = value
    }
    fill('cpu_arch', 'unknown', 'CPUArchitecture')
    fill('cpu_info', '', 'CPUInfo')
    fill('os_name', 'Unknown', 'OS')
    fill('os_version', '', 'OSVersion')
    return out
  },
})

const osPrettyVersion = rule({
  name: 'os-pretty-version',
  version: 1,
  after: ['client-platform'],
  run(input, draft) {
    const lsb =
      draft.json_dump?.lsb_release?.description ??
      annotationText(input, 'LinuxLSBDescription')?.trim() ??
      null
    return { os_pretty_version: prettyOs(draft.os_name ?? '', draft.os_version ?? '', lsb) }
  },
})

const windowsNames: Readonly<Record<string, string>> = {
  '3.5': 'Windows NT',
  '4.0': 'Windows NT',
  '4.1': 'Windows 98',
  '4.9': 'Windows Me',
  '5.0': 'Windows 2000',
  '5.1': 'Windows XP',
  '5.2': 'Windows Server 2003',
  '6.0': 'Windows Vista',
  '6.1': 'Windows 7',
  '6.2': 'Windows 8',
  '6.3': 'Windows 8.1',
  '10.0': 'Windows 10',
}

/** The first build that was released as Windows 11. */
const firstWindows11Build = 21996

/**
 * The common name of an operating system. Builds of Windows are compared as numbers.
 * @param lsb description of the Linux distribution, if known
 */
export function prettyOs(name: string, version: string, lsb: string | null): string {
  if (name === 'Linux') return lsb || 'Linux'
  if (name === 'Android') return version ? `Android ${version}` : 'Android'
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  if (name.startsWith('Windows')) {
    if (!match) return name
    const known = own(windowsNames, `${Number(match[1])}.${Number(match[2])}`) ?? 'Windows Unknown'
    return known === 'Windows 10' && Number(match[3] ?? 0) >= firstWindows11Build ? 'Windows 11' : known
  }
  if (name === 'Mac OS X' || name === 'macOS') {
    if (!match) return name
    const major = Number(match[1])
    if (major >= 11) return `macOS ${major}`
    return major === 10 ? `OS X 10.${Number(match[2])}` : 'OS X Unknown'
  }
  return name
}

export const systemRules: readonly Rule[] = [
  cpuInfo,
  androidCpu,
  osInfo,
  androidOs,
  clientPlatform,
  osPrettyVersion,
]
