// Paths of files in a symbol store: `<debug file>/<debug ID>/<file>`, or with code file and code ID.

import { symbolFileKey } from '../keys.ts'
import { isKey } from '../storage/keys.ts'

export interface FilePath {
  /** Of a debug file, or of a code file. */
  name: string
  /** Upper-case hexadecimal digits. */
  id: string
  /** The name of the file itself. */
  leaf: string
}

/**
 * The characters that Tecken allows in a name (tecken/base/utils.py, VALID_KEY_CHARS). An ID of lower-case digits is
 * converted, since lookups are by upper-case digits.
 */
const name = /[^\u0000-\u001f\u0080-\u00ff\\^`><{}[\]#%"'|/]+/.source
const grammar = new RegExp(`^(${name})/([0-9A-Fa-f]+)/(${name})$`)

/** Keys `symdex/<debug file>/<debug ID>` belong to indexes. */
const reservedNames = ['symdex', '.mayday']

/** Splits a decoded path; null for any other text. */
export function parseFilePath(path: string): FilePath | null {
  const [, name, id, leaf] = grammar.exec(path) ?? []
  if (name === undefined || id === undefined || leaf === undefined) return null
  const parsed = { name, id: id.toUpperCase(), leaf }
  return !reservedNames.includes(name) && isKey(symbolFileKey(parsed, false)) ? parsed : null
}

/** Characters that are legal in a path and that clients do not decode. */
const legal = /%(24|26|2B|2C|3A|3B|3D|40)/g

/** The path in a URL, without a leading slash. */
export const encodeFilePath = ({ name, id, leaf }: FilePath): string =>
  [name, id, leaf]
    .map((part) => encodeURIComponent(part).replace(legal, (code) => decodeURIComponent(code)))
    .join('/')

export const isSymName = (leaf: string): boolean => /\.sym$/i.test(leaf)
