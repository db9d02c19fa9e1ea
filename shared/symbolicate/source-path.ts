// Paths of source files as symbolic, and so Eliot, shows them: without `.` and `..`, Windows paths with backslashes
// (symbolic-common/src/path.rs in https://github.com/getsentry/symbolic, `join_path` and `clean_path`).

const isWindows = (path: string) => /^(?:\\\\|\/\/|[A-Za-z]:(?:[\\/]|$))|\\/.test(path)

const lastSeparator = (path: string) => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))

/** The path of a FILE record, cleaned. */
export function cleanSourcePath(path: string): string {
  const trimmed = path.replace(/(?<=[^\\/])[\\/]+$/, '')
  const cut = lastSeparator(trimmed)
  const name = trimmed.slice(cut + 1)
  if (/^<.*>$/.test(name) || cut < 0) return withoutDots(name)
  const folder = trimmed.slice(0, Math.max(cut, 1))
  return withoutDots(`${folder.replace(/[\\/]+$/, '')}${isWindows(folder) ? '\\' : '/'}${name}`)
}

function withoutDots(path: string): string {
  const separator = isWindows(path) ? '\\' : '/'
  let clean = ''
  let separate = false
  let aboveStart = false
  for (const part of path.split(/[\\/]/)) {
    if (part === '.') continue
    if (part === '..' && !aboveStart && clean !== '') {
      clean = clean.slice(0, Math.max(0, lastSeparator(clean)))
      separate &&= clean !== ''
      continue
    }
    if (part === '..' && !aboveStart) {
      separate = false
      aboveStart = true
    }
    clean += `${separate ? separator : ''}${part}`
    separate = true
  }
  return clean
}
