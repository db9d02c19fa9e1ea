// What a release needs, and what is missing, each with what to do.
const version = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/

export interface Section {
  /** `YYYY-MM-DD`; null: not released yet. */
  date: string | null
  /** Markdown below the heading. */
  text: string
}

/** The section `## <version> (<date>)` of a changelog; null when there is none. */
export function findSection(changelog: string, wanted: string): Section | null {
  const [, ...sections] = `\n${changelog}`.split(/\n## /)
  for (const section of sections) {
    const [heading = '', ...lines] = section.split('\n')
    const [, name, note] = /^(\S+) \(([^)]*)\)$/.exec(heading.trim()) ?? []
    if (name === wanted) return { date: note === 'unreleased' ? null : note!, text: lines.join('\n').trim() }
  }
  return null
}

export interface ReleaseState {
  version: string
  changelog: string
  /** Other files that name the version of the package or of the image, by path. */
  files: ReadonlyMap<string, string>
  /** Output of `git status --porcelain`; null outside a checkout. */
  changes: string | null
  tags: readonly string[]
}

/** Why this state cannot be released; empty when it can. */
export function releaseProblems(state: ReleaseState): string[] {
  const { changes, tags } = state
  const tag = `v${state.version}`
  return [
    ...(version.test(state.version) ? [] : [`package.json: ${state.version} is not a version such as 1.2.3`]),
    ...sectionProblems(state),
    ...[...state.files].flatMap(([path, text]) =>
      otherVersions(text, state.version).map((one) => `${path} names ${one}`),
    ),
    ...(changes === null ? ['This is not a git checkout: a release is made from one'] : []),
    ...(changes ? ['Uncommitted changes: commit them, or release from a clean clone'] : []),
    ...(tags.includes(tag) ? [`The tag ${tag} exists: increase the version in package.json`] : []),
  ]
}

function sectionProblems({ version: wanted, changelog }: ReleaseState): string[] {
  const section = findSection(changelog, wanted)
  if (!section) return [`CHANGELOG.md has no section "## ${wanted} (YYYY-MM-DD)"`]
  if (section.date === null) return [`CHANGELOG.md: ${wanted} is "unreleased": write the date of the release`]
  return [
    ...(/^\d{4}-\d\d-\d\d$/.test(section.date)
      ? []
      : [`CHANGELOG.md: ${section.date} is not a date such as 2026-11-30`]),
    ...(section.text === '' ? [`CHANGELOG.md: the section of ${wanted} is empty`] : []),
  ]
}

/** Tarballs and images of another version. */
function otherVersions(text: string, wanted: string): string[] {
  const named = [...text.matchAll(/\bmayday(?:-(\d[\w.-]*)\.tgz|:(\d[\w.-]*\w))|\bnewTag: (\S+)/g)]
  return named.filter((match) => match.slice(1).every((one) => one !== wanted)).map(([one]) => one)
}
