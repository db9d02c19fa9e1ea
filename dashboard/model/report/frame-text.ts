// Frames as text, and links to their source, in Socorro's forms.
import type { SourceLink } from '../../../shared/aggregates.ts'
import type { StoredFrame } from '../../../shared/fields/stackwalk.ts'
import { hashFolder, shortSource, tidyFunction } from '../../../shared/symbolicate/frame-names.ts'
import { safeHref } from '../../route.ts'

const trimHex = (hex: string) => hex.replace(/^0x0*(?=[0-9a-f])/i, '0x')

/** The most specific text: function; else file and line; else module and offset; else the address. */
export function frameText(frame: StoredFrame): string {
  const name = frame.demangled ?? frame.function
  if (name) return tidyFunction(name)
  if (frame.file && typeof frame.line === 'number') return `${frame.file}#${frame.line}`
  if (frame.module) return `${frame.module}@${trimHex(frame.module_offset ?? '0x0')}`
  const unloaded = frame.unloaded_modules?.[0]
  if (unloaded) return `(unloaded ${unloaded.module}@${trimHex(unloaded.offsets?.[0] ?? '0x0')})`
  return `@${trimHex(frame.offset ?? '0x0')}`
}

/** The source of a frame: text, and a link if there is one for it. */
export interface SourceLocation {
  text: string
  href: string | null
}

/** The links of a product to the source of its frames, and the version that crashed. */
export interface SourceLinks {
  links: readonly SourceLink[]
  version: string
}

/** They apply after the links of the product. */
const publicLinks: readonly SourceLink[] = [
  { prefix: 'hg:hg.mozilla.org/', url: 'https://hg.mozilla.org/{repo}/file/{revision}/{path}#l{line}' },
  { prefix: 'git:github.com/', url: 'https://github.com/{repo}/blob/{revision}/{path}#L{line}' },
]

/**
 * The source of a frame, with the first link whose prefix it has. Files written `<vcs>:<server>/<repo>:<path>:<revision>`
 * by symbol dumpers become the path; other files are shown unchanged. Null without a file.
 */
export function sourceLocation(
  { file, line }: Pick<StoredFrame, 'file' | 'line'>,
  { links, version }: SourceLinks = { links: [], version: '' },
): SourceLocation | null {
  if (!file) return null
  const link = [...links, ...publicLinks].find(({ prefix }) => file.startsWith(prefix))
  return {
    text: shortSource(file, line ?? null),
    href: link ? safeHref(fillLink(link, file, { line: line ?? 1, version })) : null,
  }
}

function fillLink(
  { prefix, url }: SourceLink,
  file: string,
  place: { line: number; version: string },
): string {
  const rest = file.slice(prefix.length)
  const [revision = '', path = '', repo = ''] =
    file.split(':').length === 4 ? rest.split(':').reverse() : ['', rest.replaceAll('\\', '/')]
  const values = new Map([
    ['repo', repo],
    ['path', path.replace(hashFolder, '')],
    ['revision', revision],
    ['line', String(place.line)],
    ['version', place.version],
  ])
  return url.replace(/\{([a-z]+)\}/g, (whole, name: string) => {
    const value = values.get(name)
    return value === undefined ? whole : encodePath(value)
  })
}

const encodePath = (text: string) => text.toWellFormed().split('/').map(encodeURIComponent).join('/')
