// Which members of an uploaded archive are files of a symbol store. Rules and texts: Tecken, tecken/upload/views.py.
import { baseName } from '../base-name.ts'
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
  /** Names of members that are not stored. */
  ignored: string[]
}

/** Symbols of a vendor that must not be published (https://bugzilla.mozilla.org/show_bug.cgi?id=1012672). */
const forbidden = 'qcom/proprietary'

/** @throws CrashError 'bad-symbols' when any member has no place in a symbol store */
export function listArchive<Member extends ArchiveMember>(
  members: readonly Member[],
): ArchiveListing<Member> {
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
  const listing: ArchiveListing<Member> = { files: [], ignored: [] }
  for (const member of named.values()) addMember(listing, member)
  return listing
}

function addMember<Member extends ArchiveMember>(
  { files, ignored }: ArchiveListing<Member>,
  member: Member,
): void {
  const { name } = member
  if (name.includes(forbidden))
    throw refused(`Content of archive file contains the snippet '${forbidden}' which is not allowed`)
  const isList = !name.includes('/') && /-symbols\.txt$/i.test(name)
  if (isList || name.slice(name.lastIndexOf('/') + 1) === '.DS_Store') {
    ignored.push(name)
    return
  }
  const path = parseFilePath(name)
  if (!path)
    throw refused(
      'Unrecognized file pattern. Should only be <module>/<hex>/<file> or <name>-symbols.txt and nothing else. ' +
        `(First unrecognized pattern was ${quoted(name)})`,
    )
  files.push({ path, member })
}

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
