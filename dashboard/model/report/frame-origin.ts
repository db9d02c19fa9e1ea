// Whose code a frame is: the product's own, the operating system's, or another library's.

import type { StoredDump, StoredModule } from '../../../shared/fields/stackwalk.ts'
import { isApplication } from '../../../shared/signature/stack-key.ts'
import { starMatcher } from '../../../shared/text/star-pattern.ts'

export type Origin = 'own' | 'system' | 'other'

/** Finds the origin of a module by its name. */
export type OriginOf = (module: string | null | undefined) => Origin

/** Parts of operating systems by lower-case name, besides the C libraries that `isApplication` knows. */
const systemNames = [
  /^(advapi32|comctl32|comdlg32|coremessaging|d2d1|d3d\d+\w*|dwmapi|dwrite|dxgi|gdi32(full)?|imm32|mshtml|msctf|ole32|oleaut32|sechost|shcore|shell32|shlwapi|uxtheme|win32kfull|winmm|ws2_32|wininet|winhttp)\.(dll|sys)$/,
  /^lib(glib|gobject|gio|gmodule|gthread|gtk|gdk|pango|cairo|dbus|wayland-(client|server|egl|cursor)|xcb|x11|xext|xi|drm|gbm|egl|gl|glx|gldispatch|asound|pulse|pipewire|systemd|udev|fontconfig|freetype|harfbuzz|z|ssl|crypto|ffi|expat|unwind|atomic|resolv|nss_\w+|selinux)([-_.][\w.+-]*)?\.so(\.\d+)*$/,
  /^(appkit|applicationservices|avfoundation|carboncore|cfnetwork|coreaudio|corefoundation|coregraphics|coreservices|coretext|foundation|graphicsservices|hitoolbox|iokit|libdispatch|libxpc|libobjc|metal|quartzcore|security|skylight|uikit(core)?|webcore|webkit)(\.dylib)?$/,
  /^(lib(art|androidfw|android_runtime|binder|gui|hwui|utils|log|nativehelper|ui)\.so|app_process(32|64)?|boot.*\.oat)$/,
]

/** Certificates of Windows itself, not of other programs of its maker. */
const systemSigner = /^Microsoft Windows( |$)/

/** UTF-16 units of a name to compare: dumps are hostile. */
const longestName = 100

function isSystem({ filename, cert_subject }: Pick<StoredModule, 'filename' | 'cert_subject'>): boolean {
  const name = (filename ?? '').slice(-longestName).toLowerCase()
  if (systemSigner.test(cert_subject ?? '')) return true
  return !isApplication({ module: name }) || systemNames.some((pattern) => pattern.test(name))
}

/**
 * @param configured names of the product's own modules with `*` for any text; without any, those are the main module, and
 * the others whose name contains its name, or that have its signer or version
 */
export function originsOf(dump: StoredDump, configured: readonly string[] = []): OriginOf {
  const modules = dump.modules ?? []
  const isOwn = configured.length > 0 ? byName(configured) : likeMain(modules, dump.main_module ?? 0)
  const origins = new Map<string, Origin>()
  for (const module of modules)
    if (module.filename)
      origins.set(module.filename, isOwn(module) ? 'own' : isSystem(module) ? 'system' : 'other')
  return (name) => {
    if (!name) return 'other'
    return origins.get(name) ?? (isSystem({ filename: name }) ? 'system' : 'other')
  }
}

type IsOwn = (module: StoredModule) => boolean

/** Case does not matter. */
function byName(patterns: readonly string[]): IsOwn {
  const isMatch = starMatcher(patterns.map((pattern) => pattern.toLowerCase()))
  return ({ filename }) => isMatch((filename ?? '').toLowerCase())
}

/** Shorter names of main modules occur in too many other names. */
const shortestStem = 4
/** Versions that programs of different makers share. */
const commonVersion = /^[01.]*$/

function likeMain(modules: readonly StoredModule[], index: number): IsOwn {
  const main = modules[index]
  const stem = (main?.filename ?? '').toLowerCase().replace(/\.\w+$/, '')
  const version = commonVersion.test(main?.version ?? '') ? null : main?.version
  return (module) => {
    if (module === main) return true
    if (isSystem(module)) return false
    if (main?.cert_subject && module.cert_subject === main.cert_subject) return true
    if (version && module.version === version) return true
    return stem.length >= shortestStem && (module.filename ?? '').toLowerCase().includes(stem)
  }
}

/** A run of rows of one stack: shown, or folded because none of them is of interest. */
export interface Run<Row> {
  rows: readonly Row[]
  folds: boolean
}

/** Fewer rows than this are not worth a fold. */
const fewest = 3

/** The rows of a stack as runs: three or more of the system in a row fold, unless nothing else is in the stack. */
export function foldRuns<Row>(rows: readonly Row[], isOfSystem: (row: Row) => boolean): Run<Row>[] {
  const runs: { rows: Row[]; folds: boolean }[] = []
  for (const row of rows) {
    const folds = isOfSystem(row)
    const last = runs.at(-1)
    if (last?.folds === folds) last.rows.push(row)
    else runs.push({ rows: [row], folds })
  }
  const all = runs.every(({ folds }) => folds)
  return runs.map((run) => ({ ...run, folds: run.folds && !all && run.rows.length >= fewest }))
}
