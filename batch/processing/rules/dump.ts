// Rules for the minidump: output of the stack walker, crashing thread, modules, stacks of limited length.
import pkg from '../../../package.json' with { type: 'json' }
import { crashingFrames, isMinidumpName, mainDumpName, type PartialCrash } from '../../../shared/crash.ts'
import type { StoredDump, StoredModule, StoredThread } from '../../../shared/fields/stackwalk.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import { isPrivateHost } from './private-host.ts'
import { type Note, type Rule, rule, type DumpResult } from './rule.ts'
import { present } from '../../../shared/present.ts'

/** Output of the stack walker: the main dump at the top level, other dumps under their names. */
const stackwalk = rule({
  name: 'stackwalk',
  version: 1,
  run({ walked }, _draft, note) {
    const out: PartialCrash = walked.length ? { stackwalk_version: `${pkg.name} ${pkg.version}` } : {}
    const others = walked.filter((dump) => dump.name !== mainDumpName)
    for (const dump of walked) {
      if (dump.status !== 'OK') note(`stackwalk: ${dump.name}: ${dump.status}`)
      if (dump.name === mainDumpName) Object.assign(out, fieldsOf(dump))
      else out[dump.name] = fieldsOf(dump)
    }
    if (others.length) out.additional_minidumps = others.map((dump) => dump.name)
    return out
  },
})

const fieldsOf = ({ dump, error, status }: DumpResult) => ({
  mdsw_status_string: status,
  mdsw_return_code: dump ? 0 : 1,
  ...present({ json_dump: dump, mdsw_stderr: error }),
})

/** Applies a function to each dump of a crash. A dump for which it returns null does not change. */
function changeDumps(
  draft: Readonly<PartialCrash>,
  change: (dump: StoredDump) => StoredDump | null,
): PartialCrash {
  const out: PartialCrash = {}
  const main = draft.json_dump && change(draft.json_dump)
  if (main) out.json_dump = main
  for (const name of Object.keys(draft).filter(isMinidumpName)) {
    const fields = draft[name]
    const other = fields?.json_dump && change(fields.json_dump)
    if (other) out[name] = { ...fields, json_dump: other }
  }
  return out
}

/** Removes symbol URLs of private hosts, and query strings, which may contain keys. */
const moduleUrls = rule({
  name: 'module-urls',
  version: 2,
  after: ['stackwalk'],
  run: (_input, draft, note) => changeDumps(draft, (dump) => withShownUrls(dump, note)),
})

/** The dump with only public URLs; null if it has no URLs. */
function withShownUrls(dump: StoredDump, note: Note): StoredDump | null {
  if (!dump.modules?.some((module) => module.symbol_url)) return null
  const modules = dump.modules.map((module) => {
    const url = module.symbol_url ? URL.parse(module.symbol_url) : null
    if (!url) return module
    if (isPrivateHost(url.hostname)) {
      note('Redacting symbol url for a module')
      return { ...module, symbol_url: null }
    }
    return { ...module, symbol_url: `${url.origin}${url.pathname}` }
  })
  return { ...dump, modules }
}

const crashingThread = rule({
  name: 'crashing-thread',
  version: 2,
  after: ['stackwalk'],
  run(_input, draft, note) {
    const dump = draft.json_dump
    if (!dump) return null
    const info = dump.crash_info
    const index = info?.crashing_thread ?? null
    if (index === null) note('crashing-thread: the dump does not identify the crashing thread')
    const thread = dump.crashing_thread ?? (index === null ? null : dump.threads?.[index])
    return {
      crashing_thread: index,
      crashing_thread_name: thread?.thread_name ?? null,
      reason: info?.type ?? null,
      address: addressOf(info),
      ...present({ last_error_value: thread?.last_error_value }),
    }
  },
})

/** The address of the fault: null for near-null pointers; the recovered one if the CPU reported a placeholder. */
function addressOf(info: StoredDump['crash_info']): string | null {
  const address = info?.address ?? null
  const adjusted = info?.adjusted_address
  if (adjusted?.kind === 'null-pointer') return `0x${'0'.repeat(address?.length === 18 ? 16 : 8)}`
  if (adjusted?.kind === 'non-canonical' && adjusted.address) return adjusted.address
  return address
}

/** Maximum number of stored frames per thread; frames in the middle are dropped. */
const maxFrames = 500
const framesAbove = maxFrames / 2
const framesBelow = maxFrames / 2 - 1

const truncateStacks = rule({
  name: 'truncate-stacks',
  version: 1,
  after: ['stackwalk', 'module-urls'],
  run(_input, draft, note) {
    const out = changeDumps(draft, truncateDump)
    if (Object.keys(out).length) note('truncate-stacks: some stacks were truncated')
    return out
  },
})

/** The dump with long stacks truncated; null if there are none. */
function truncateDump(dump: StoredDump): StoredDump | null {
  const { crashing_thread: crashing, threads } = dump
  const long = (thread: StoredThread) => (thread.frames?.length ?? 0) > maxFrames
  if (!(crashing && long(crashing)) && !threads?.some(long)) return null
  return {
    ...dump,
    ...present({
      crashing_thread: crashing && truncateThread(crashing),
      threads: threads?.map(truncateThread),
    }),
  }
}

/**
 * Keeps the first 250 frames, a marker, and the last 249. The count in the marker is Socorro's, which tools show: the
 * number of frames beyond 500. One more is dropped, because the marker takes its place.
 */
function truncateThread(thread: StoredThread): StoredThread {
  const frames = thread.frames ?? []
  if (frames.length <= maxFrames) return thread
  const cut = (frames.length - maxFrames).toLocaleString('en-US')
  const marker = { truncated: { msg: `${cut} frames truncated` } }
  return {
    ...thread,
    truncated: true,
    frames: [...frames.slice(0, framesAbove), marker, ...frames.slice(-framesBelow)],
  }
}

const bitFlips = rule({
  name: 'bit-flips',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const flips = draft.json_dump?.crash_info?.possible_bit_flips
    if (!flips?.length) return null
    const most = Math.max(...flips.map((flip) => flip.confidence ?? 0))
    return { possible_bit_flips_max_confidence: Math.trunc(most * 100) }
  },
})

const crashInconsistencies = rule({
  name: 'crash-inconsistencies',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const dump = draft.json_dump
    return dump ? { crash_inconsistencies: dump.crash_info?.crash_inconsistencies ?? null } : null
  },
})

const guardPage = rule({
  name: 'guard-page',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const hit = draft.json_dump?.crash_info?.memory_accesses?.some((access) => access.is_likely_guard_page)
    return hit ? { has_guard_page_access: true } : null
  },
})

/** The first source file on the crashing stack. Inlined functions precede the frame that contains them. */
const topmostFiles = rule({
  name: 'topmost-files',
  version: 2,
  after: ['crashing-thread', 'truncate-stacks'],
  run(_input, draft) {
    if (typeof draft.crashing_thread !== 'number') return null
    for (const frame of crashingFrames(draft)) {
      const file = [...(frame.inlines ?? []).map((inline) => inline.file), frame.file].find((name) => name)
      if (file) return { topmost_filenames: file }
    }
    return null
  },
})

const onlyHex = (text: string) => text.replace(/[^a-fA-F0-9]/g, '')
const onlyNameCharacters = (text: string) => text.replace(/[^a-zA-Z0-9_.-]/g, '')

const modulesInStack = rule({
  name: 'modules-in-stack',
  version: 2,
  after: ['crashing-thread', 'truncate-stacks'],
  run(_input, draft) {
    const dump = draft.json_dump
    if (!dump || typeof draft.crashing_thread !== 'number') return null
    const names = new Set(crashingFrames(draft).map((frame) => frame.module))
    const entries = (dump.modules ?? [])
      .filter((module) => module.filename && names.has(module.filename))
      .map((module) => `${onlyNameCharacters(module.filename!)}/${onlyHex(module.debug_id ?? '')}`)
    return entries.length ? { modules_in_stack: [...new Set(entries)].sort().join(';') } : null
  },
})

/** The entry for a module without symbols in `missing_symbols`: `name/version/debug ID`, and the code ID if known. */
function missingSymbolsEntry(module: StoredModule): string {
  const version = onlyVersionCharacters(module.version || 'None')
  const debugId = onlyHex(module.debug_id || '0'.repeat(33))
  const codeId = onlyHex(module.code_id ?? '')
  return [onlyNameCharacters(module.filename ?? ''), version, debugId, ...(codeId ? [codeId] : [])].join('/')
}

const onlyVersionCharacters = (text: string) => text.replaceAll('/', '\\/')

const missingSymbols = rule({
  name: 'missing-symbols',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const missing = (draft.json_dump?.modules ?? []).filter(
      (module) => module.filename && module.missing_symbols,
    )
    if (missing.length === 0) return null
    return { missing_symbols: [...new Set(missing.map(missingSymbolsEntry))].sort().join(';') }
  },
})

const threadCount = rule({
  name: 'thread-count',
  version: 1,
  after: ['stackwalk'],
  run: (_input, draft) => ({ thread_count: draft.json_dump?.thread_count ?? null }),
})

const maxSoftErrors = 4096

const softErrors = rule({
  name: 'soft-errors',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const dump = draft.json_dump
    if (!dump || !('soft_errors' in dump)) return null
    return { soft_errors: JSON.stringify(dump.soft_errors ?? null).slice(0, maxSoftErrors) }
  },
})

const macBootArgs = rule({
  name: 'mac-boot-args',
  version: 2,
  after: ['stackwalk'],
  run(_input, draft, note) {
    const value = draft.json_dump?.mac_boot_args
    if (!value) return null
    if (typeof value !== 'string') {
      note('mac-boot-args: not text')
      return null
    }
    const text = value.trim()
    return text ? { mac_boot_args: text, has_mac_boot_args: true } : null
  },
})

const macCrashInfo = rule({
  name: 'mac-crash-info',
  version: 1,
  after: ['stackwalk'],
  run(_input, draft) {
    const info = draft.json_dump?.mac_crash_info
    return (info?.num_records ?? 0) > 0 ? { mac_crash_info: sortedJson(info) } : null
  },
})

/** JSON with the keys of all objects sorted. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => ascending(a, b)))
      : inner,
  )
}

export const dumpRules: readonly Rule[] = [
  stackwalk,
  moduleUrls,
  crashingThread,
  truncateStacks,
  bitFlips,
  crashInconsistencies,
  guardPage,
  topmostFiles,
  modulesInStack,
  missingSymbols,
  threadCount,
  softErrors,
  macBootArgs,
  macCrashInfo,
]
