// What a report has of the program around the crash: add-ons, breadcrumbs, registers, memory accesses.
import type { PartialCrash } from '../../../shared/crash.ts'
import type { CrashView } from './crash-view.ts'

export interface AddOn {
  id: string
  version: string
  name: string
  /** `yes`, `no`; empty when not sent. */
  system: string
  signed: string
}

interface SentAddOn {
  name?: unknown
  isSystem?: unknown
  signedState?: unknown
}

/** Firefox's AddonManager: https://searchfox.org/mozilla-central/source/toolkit/mozapps/extensions/AddonManager.sys.mjs */
const signedStates: ReadonlyMap<unknown, string> = new Map([
  [-2, 'broken'],
  [-1, 'unknown signer'],
  [0, 'missing'],
  [1, 'preliminary'],
  [2, 'signed'],
  [3, 'system'],
  [4, 'privileged'],
])

/** The add-ons of the field `addons` (`id:version`), with what the telemetry environment has of them. */
export function addOnsOf({ addons, telemetry_environment }: PartialCrash): AddOn[] {
  const sent = sentAddOns(telemetry_environment)
  return (addons ?? []).map((text) => {
    const end = text.lastIndexOf(':')
    const id = end < 0 ? text : text.slice(0, end)
    const more = sent.get(id) ?? {}
    return {
      id,
      version: end < 0 ? '' : text.slice(end + 1),
      name: typeof more.name === 'string' ? more.name : '',
      system: typeof more.isSystem === 'boolean' ? (more.isSystem ? 'yes' : 'no') : '',
      signed: signedStates.get(more.signedState) ?? '',
    }
  })
}

function sentAddOns(environment: unknown): ReadonlyMap<string, SentAddOn> {
  const { addons } = (environment ?? {}) as { addons?: unknown }
  const { activeAddons } = (addons ?? {}) as { activeAddons?: unknown }
  if (typeof activeAddons !== 'object' || activeAddons === null) return new Map()
  return new Map(
    Object.entries(activeAddons).filter(([, one]) => typeof one === 'object' && one !== null),
  ) as ReadonlyMap<string, SentAddOn>
}

export interface Breadcrumb {
  time: string
  kind: string
  text: string
}

/** The newest first; protected, so empty without a token. */
export function breadcrumbsOf({ breadcrumbs }: PartialCrash): Breadcrumb[] {
  return (breadcrumbs ?? [])
    .map(({ timestamp, category, type, level, message, data }) => ({
      time: timestamp ?? '',
      kind: [category || type, level].filter(Boolean).join(', '),
      text: [message, data === null || data === undefined ? '' : JSON.stringify(data)]
        .filter(Boolean)
        .join(' '),
    }))
    .reverse()
}

/** The registers of the innermost frame; protected, so empty without a token. */
export function registersOf({ crashingThread }: CrashView): [name: string, value: string][] {
  const registers = crashingThread?.frames.find((frame) => frame.registers)?.registers ?? {}
  return Object.entries(registers).map(([name, value]) => [name, value ?? ''])
}

/** What the instruction that crashed accessed, one text each. */
export function memoryAccesses({ json_dump }: PartialCrash): string[] {
  return (json_dump?.crash_info?.memory_accesses ?? []).map(
    ({ address, size, access_type, is_likely_guard_page }) =>
      [
        access_type ? access_type.toLowerCase() : 'access',
        typeof size === 'number' ? `of ${size} bytes` : '',
        `at ${address ?? 'an unknown address'}`,
        is_likely_guard_page ? '(probably a guard page)' : '',
      ]
        .filter(Boolean)
        .join(' '),
  )
}
