// Functions and source files as people read them.

/** No space before `*`, `&` and `,`; one after each comma. */
export const tidyFunction = (name: string): string =>
  name.replace(/ +(?=[*&,])/g, '').replace(/,(?! )/g, ', ')

/** Symbol dumpers write it before the path of a file that was generated. */
export const hashFolder = /^[0-9a-f]{128}\//

/**
 * `path:line`. A file that symbol dumpers write as `<vcs>:<server>/<repo>:<path>:<revision>` becomes its path, and
 * `cargo:<registry>:<crate>-<version>:<path>` the crate and its path; others are unchanged.
 */
export function shortSource(file: string, line: number | null): string {
  const path = shortPath(file)
  return line === null ? path : `${path}:${line}`
}

function shortPath(file: string): string {
  const parts = file.split(':')
  if (parts.length !== 4) return file
  if (parts[0] === 'cargo') return `${parts[2]}/${parts[3]}`
  return parts[2]!.replace(hashFolder, '')
}
