// Frames as text, and links to their source, in Socorro's forms.
import type { StoredFrame } from '../../shared/fields/stackwalk.ts'
import { safeHref } from '../route.ts'

/** No space before `*`, `&` and `,`; one after each comma. */
export const tidyFunction = (name: string) => name.replace(/ +(?=[*&,])/g, '').replace(/,(?! )/g, ', ')

const trimHex = (hex: string) => hex.replace(/^0x0*(?=[0-9a-f])/i, '0x')

/** The most specific text: function; else file and line; else module and offset; else the address. */
export function frameText(frame: StoredFrame): string {
  if (frame.function) return tidyFunction(frame.function)
  if (frame.file && typeof frame.line === 'number') return `${frame.file}#${frame.line}`
  if (frame.module) return `${frame.module}@${trimHex(frame.module_offset ?? '0x0')}`
  const unloaded = frame.unloaded_modules?.[0]
  if (unloaded) return `(unloaded ${unloaded.module}@${trimHex(unloaded.offsets?.[0] ?? '0x0')})`
  return `@${trimHex(frame.offset ?? '0x0')}`
}

/** The source of a frame: text, and a link if the version control system is known. */
export interface SourceLocation {
  text: string
  href: string | null
}

const hashFolder = /^[0-9a-f]{128}\//
type SourceUrl = (repo: string, path: string, revision: string, line: number) => string
const hosts: ReadonlyMap<string, SourceUrl> = new Map<string, SourceUrl>([
  [
    'hg:hg.mozilla.org',
    (repo, path, revision, line) => `https://hg.mozilla.org/${repo}/file/${revision}/${path}#l${line}`,
  ],
  [
    'git:github.com',
    (repo, path, revision, line) => `https://github.com/${repo}/blob/${revision}/${path}#L${line}`,
  ],
])

/**
 * The source of a frame. Files written `<vcs>:<server>/<repo>:<path>:<revision>` by symbol dumpers become the path
 * and, for known servers, a link; other files are shown unchanged. Null without a file.
 */
export function sourceLocation({ file, line }: StoredFrame): SourceLocation | null {
  if (!file) return null
  const at = typeof line === 'number' ? `:${line}` : ''
  const parts = file.split(':')
  if (parts.length !== 4) return { text: file + at, href: null }
  const [vcs, root, path, revision] = parts as [string, string, string, string]
  const shown = path.replace(hashFolder, '')
  const slash = root.indexOf('/')
  const link = slash > 0 ? hosts.get(`${vcs}:${root.slice(0, slash)}`) : undefined
  if (!link) return { text: shown + at, href: null }
  const encode = (text: string) => text.split('/').map(encodeURIComponent).join('/')
  const url = link(encode(root.slice(slash + 1)), encode(shown), encode(revision), line ?? 1)
  return { text: shown + at, href: safeHref(url) }
}
