// Which members of an uploaded archive are files of a symbol store, or programs and debug files, which may lie anywhere. Rules
// and texts for the former: Tecken, tecken/upload/views.py.
import { baseName } from '../text/base-name.ts'
import { CrashError } from '../errors.ts'
import { type FilePath, parseFilePath } from './file-path.ts'
import type { Bytes } from '../units.ts'

/** As an archive states it. */
export interface ArchiveMember {
  name: string
  size: Bytes
}

export interface ArchiveListing<Member extends ArchiveMember> {
  files: { path: FilePath; member: Member }[]
  /** Programs and debug files outside the layout of a symbol store. */
  programs: Member[]
  /** Names of members that are not stored. */
  ignored: string[]
}

/** Symbols of a vendor that must not be published (https://bugzilla.mozilla.org/show_bug.cgi?id=1012672). */
const forbidden = 'qcom/proprietary'

/** So many members outside the layout are looked at: each may cost a request. */
const maxLookedAt = 1000

/**
 * In an archive with programs or debug files outside the layout of a symbol store, other members there are ignored.
 * @param isProgram whether the content of a member is a program or debug file
 * @throws CrashError 'bad-symbols' when any member has no place in a symbol store and none is a program or debug file;
 * errors of `isProgram`
 */
export async function listArchive<Member extends ArchiveMember>(
  members: readonly Member[],
  isProgram: (member: Member) => boolean | Promise<boolean>,
): Promise<ArchiveListing<Member>> {
  const named = new Map<string, Member>()
  for (const member of members) {
    const { name, size } = member
    const other = named.get(name)
    if (other && other.size !== size)
      throw refused(
        `The zipfile buffer contains two files both called ${name} and they have difference sizes (${size} != ${other.size})`,
      )
    named.set(name, member)
  }
  const listing: ArchiveListing<Member> = { files: [], programs: [], ignored: [] }
  const others = [...named.values()].filter((member) => !addMember(listing, member))
  if (others.length === 0) return listing
  if (others.length > maxLookedAt) throw misplaced(others[0]!)
  for (const member of others) {
    if (await isProgram(member)) listing.programs.push(member)
    else listing.ignored.push(member.name)
  }
  if (listing.programs.length === 0) throw misplaced(others[0]!)
  return listing
}

/** False for a member that has no place in a symbol store. */
function addMember<Member extends ArchiveMember>(
  { files, ignored }: ArchiveListing<Member>,
  member: Member,
): boolean {
  const { name } = member
  if (name.includes(forbidden))
    throw refused(`Content of archive file contains the snippet '${forbidden}' which is not allowed`)
  const isList = !name.includes('/') && /-symbols\.txt$/i.test(name)
  if (isList || name.slice(name.lastIndexOf('/') + 1) === '.DS_Store') {
    ignored.push(name)
    return true
  }
  const path = parseFilePath(name)
  if (path) files.push({ path, member })
  return path !== null
}

const misplaced = ({ name }: ArchiveMember) =>
  refused(
    'Unrecognized file pattern. Should only be <module>/<hex>/<file> or <name>-symbols.txt and nothing else. ' +
      `(First unrecognized pattern was ${quoted(name)})`,
  )

const refused = (text: string) => new CrashError('bad-symbols', text)

const maxShown = 300

/** As Python's `repr` writes text. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .slice(0, maxShown)
    .replace(/[\\\u0000-\u001f\u007f-\u00a0\u00ad]/g, (c) => escapes.get(c) ?? hex(c))
    .replaceAll(quote, `\\${quote}`)
  return `${quote}${escaped}${quote}`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
const hex = (c: string) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`

/** The last extension of a name with its dot, as Python's `os.path.splitext` returns it; empty without one. */
export const extensionOf = (name: string): string => /^\.*[^.].*?(\.[^.]*)$/s.exec(baseName(name))?.[1] ?? ''
