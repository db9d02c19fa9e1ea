// Rules of the preset `mozilla`: annotations that only applications built on Gecko send.
import { baseName } from '../../../shared/text/base-name.ts'
import { exactInteger, readInteger } from '../../../shared/fields/integer.ts'
import { has, type Rule, rule, annotationText } from './rule.ts'
import { present } from '../../../shared/present.ts'

const esrVersion = rule({
  name: 'esr-version',
  version: 1,
  after: ['copy-annotations'],
  run(_input, draft, note) {
    if (draft.release_channel !== 'esr') return null
    if (!draft.version) {
      note('"Version" missing from esr release raw_crash')
      return null
    }
    return draft.version.endsWith('esr') ? null : { version: `${draft.version}esr` }
  },
})

/** Betas report the version of the release they lead to; the build ID determines which beta it is. */
const betaVersion = rule({
  name: 'beta-version',
  version: 2,
  after: ['copy-annotations'],
  run({ findBuild }, draft, note) {
    const channel = (draft.release_channel ?? '').toLowerCase()
    if (!findBuild || (channel !== 'beta' && channel !== 'aurora') || !draft.version) return null
    const buildId = draft.build?.trim()
    const found = buildId ? findBuild(channel, buildId) : null
    if (found) return { version: found }
    note(`release channel is ${channel} but no version data was found - added "b0" suffix to version number`)
    return { version: `${draft.version}b0` }
  },
})

const plugin = rule({
  name: 'plugin',
  version: 2,
  run(input) {
    if (annotationText(input, 'ProcessType') !== 'plugin') return null
    return {
      plugin_filename: baseName(annotationText(input, 'PluginFilename') ?? ''),
      plugin_name: annotationText(input, 'PluginName') ?? '',
      plugin_version: annotationText(input, 'PluginVersion') ?? '',
    }
  },
})

const accessibility = rule({
  name: 'accessibility',
  version: 1,
  run: (input) => ({ accessibility: input.raw.Accessibility === 'Active' }),
})

const addons = rule({
  name: 'addons',
  version: 2,
  run(input) {
    const check = has(input, 'EMCheckCompatibility')
      ? /^true$/i.test(annotationText(input, 'EMCheckCompatibility') ?? '') ||
        input.raw.EMCheckCompatibility === true
      : null
    return { addons_checked: check, addons: parseAddons(annotationText(input, 'Add-ons') ?? '') }
  },
})

const defaultThemeId = '{972ce4c6-7e08-4474-a285-3208198ce6fd}'

/** `id:version` of each add-on, percent-decoded. Add-ons without a version get a placeholder. */
export function parseAddons(text: string): string[] {
  if (text === '') return []
  return text.split(',').map((item) => decode(item.includes(':') ? item : `${item}:NO_VERSION`))
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Decodes each escape separately: a sign without two hex digits is left unchanged, invalid UTF-8 becomes U+FFFD. */
const decode = (text: string) =>
  text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => utf8.decode(Buffer.from(escapes.replaceAll('%', ''), 'hex')))

const themeName = rule({
  name: 'theme-name',
  version: 1,
  after: ['addons'],
  run(_input, draft) {
    const list = draft.addons
    if (!list?.some((addon) => addon.startsWith(`${defaultThemeId}:`))) return null
    const named = list.map((addon) =>
      addon.startsWith(`${defaultThemeId}:`)
        ? addon.replace(defaultThemeId, `${defaultThemeId} (default theme)`)
        : addon,
    )
    return { addons: named }
  },
})

/** The fields of the Probabilistic Heap Checker. */
const heapChecker = rule({
  name: 'heap-checker',
  version: 2,
  run(input) {
    if (!has(input, 'PHCKind')) return null
    const base = readInteger(input.raw.PHCBaseAddress)
    const usable = readInteger(input.raw.PHCUsableSize)
    return {
      phc_kind: annotationText(input, 'PHCKind'),
      ...present({
        phc_base_address: base === null || base < 0n ? null : `0x${base.toString(16)}`,
        phc_usable_size: usable === null ? null : exactInteger(usable),
        phc_alloc_stack: annotationText(input, 'PHCAllocStack'),
        phc_free_stack: annotationText(input, 'PHCFreeStack'),
      }),
    }
  },
})

/** Parts of reasons that contain user data and are therefore protected. */
const privateReasons = ['Failed to load module', 'byte index', 'do not use eval with system privileges']

const mozCrashReason = rule({
  name: 'moz-crash-reason',
  version: 1,
  run(input) {
    const raw = annotationText(input, 'MozCrashReason')
    if (!raw) return null
    const isPrivate = privateReasons.some((start) => raw.startsWith(start))
    return {
      moz_crash_reason_raw: raw,
      moz_crash_reason: isPrivate ? 'sanitized--see moz_crash_reason_raw' : raw,
    }
  },
})

const utilityActors = rule({
  name: 'utility-actors',
  version: 1,
  run(input) {
    const text = annotationText(input, 'UtilityActorsName')
    if (text === null) return null
    const names = text.split(',').map((name) => name.trim())
    return { utility_actors_name: names.filter((name) => name !== '') }
  },
})

const distribution = rule({
  name: 'distribution',
  version: 1,
  run: (input) => ({
    distribution_id:
      annotationText(input, 'DistributionID') ||
      distributionOf(annotationText(input, 'TelemetryEnvironment')),
  }),
})

function distributionOf(environment: string | null): string {
  try {
    const parsed = JSON.parse(environment ?? '') as { partner?: { distributionId?: unknown } } | null
    const id =
      parsed?.partner && 'distributionId' in parsed.partner ? parsed.partner.distributionId : 'unknown'
    return id === null || id === '' ? 'mozilla' : String(id)
  } catch {
    return 'unknown'
  }
}

/**
 * For a shutdown hang, the relevant thread is the main one, not the watchdog thread that crashed. A regrouped crash
 * that is no longer a shutdown hang gets the crashing thread of its dump again.
 */
const shutdownHang = rule({
  name: 'shutdown-hang-thread',
  version: 2,
  after: ['signature'],
  run(_input, draft) {
    if (draft.signature?.startsWith('shutdownhang')) return { crashing_thread: 0 }
    const dump = draft.json_dump
    return dump ? { crashing_thread: dump.crash_info?.crashing_thread ?? null } : null
  },
})

/** In order; each follows the rules named in its `after`. */
export const mozillaRules: readonly Rule[] = [
  esrVersion,
  betaVersion,
  plugin,
  accessibility,
  addons,
  themeName,
  heapChecker,
  mozCrashReason,
  utilityActors,
  distribution,
]

/** The rules that must run after the signature. */
export const mozillaLateRules: readonly Rule[] = [shutdownHang]
