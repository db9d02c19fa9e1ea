// Links from frames to their source: on Git hosts, Mercurial, buckets, and of Rust crates.
import type { SourceLink } from '../../../shared/aggregates/documents.ts'
import type { StoredFrame } from '../../../shared/fields/stackwalk.ts'
import { fillTemplate, type SourcePlaceholder } from '../../../shared/text/link-templates.ts'
import { hashFolder, shortSource } from '../../../shared/symbolicate/frame-names.ts'
import { safeHref } from '../../route.ts'

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

const docsRs = 'https://docs.rs/crate/{crate}/{crate_version}/source/{path}#{line}'

/** They apply after the links of the product. */
const publicLinks: readonly SourceLink[] = [
  { prefix: 'hg:hg.mozilla.org/', url: 'https://hg.mozilla.org/{repo}/file/{revision}/{path}#l{line}' },
  { prefix: 'git:github.com/', url: 'https://github.com/{repo}/blob/{revision}/{path}#L{line}' },
  { prefix: 'git:gitlab.com/', url: 'https://gitlab.com/{repo}/-/blob/{revision}/{path}#L{line}' },
  { prefix: 'git:bitbucket.org/', url: 'https://bitbucket.org/{repo}/src/{revision}/{path}#lines-{line}' },
  { prefix: 'git:codeberg.org/', url: 'https://codeberg.org/{repo}/src/commit/{revision}/{path}#L{line}' },
  {
    prefix: 's3:gecko-generated-sources:',
    url: 'https://gecko-generated-sources.s3.amazonaws.com/{object}',
  },
  // The folders of crates.io in the registry of cargo.
  { prefix: 'cargo:github.com-', url: docsRs },
  { prefix: 'cargo:index.crates.io-', url: docsRs },
]

/**
 * The source of a frame, with the first link whose prefix it has. Files written `<vcs>:<server>/<repo>:<path>:<revision>`
 * by symbol dumpers become the path, as do `s3:<bucket>:<path>:` and `cargo:<registry>:<crate>-<version>:<path>`; other
 * files are shown unchanged. Null without a file.
 */
export function sourceLocation(
  { file, line }: Pick<StoredFrame, 'file' | 'line'>,
  { links, version }: SourceLinks = { links: [], version: '' },
): SourceLocation | null {
  if (!file) return null
  const link = [...links, ...publicLinks].find(({ prefix }) => file.startsWith(prefix))
  return {
    text: shortSource(file, line ?? null),
    href: link ? safeHref(hrefOf(link, file, { line: line ?? 1, version })) : null,
  }
}

function hrefOf({ prefix, url }: SourceLink, file: string, place: { line: number; version: string }) {
  const parts = partsOf(file, prefix)
  const values = new Map<string, string>(
    Object.entries({
      ...parts,
      path: parts.object.replace(hashFolder, ''),
      line: String(place.line),
      version: place.version,
    } satisfies Record<SourcePlaceholder, string>),
  )
  return fillTemplate(url, (name) => {
    const value = values.get(name)
    return value === undefined ? undefined : encodePath(value)
  })
}

type Parts = Omit<Record<SourcePlaceholder, string>, 'path' | 'line' | 'version'>

/** What a file name has after the prefix of a link. */
function partsOf(file: string, prefix: string): Parts {
  const none = { repo: '', revision: '', crate: '', crate_version: '' }
  const rest = file.slice(prefix.length)
  const parts = file.split(':')
  if (parts.length !== 4) return { ...none, object: rest.replaceAll('\\', '/') }
  if (parts[0] === 'cargo') {
    const [, crate = '', crate_version = ''] = /^(.+?)-(\d.*)$/.exec(parts[2]!) ?? []
    return { ...none, object: parts[3]!, crate, crate_version }
  }
  const [revision = '', object = '', repo = ''] = rest.split(':').reverse()
  return { ...none, repo, object, revision }
}

const encodePath = (text: string) => text.toWellFormed().split('/').map(encodeURIComponent).join('/')
