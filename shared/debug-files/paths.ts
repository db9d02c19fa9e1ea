// Paths of source files, of the platform that compiled them.

const isAbsolute = (path: string) => /^([/\\]|[A-Za-z]:[/\\])/.test(path)

/**
 * The parts of a path together; an absolute part discards those before it. `.` and repeated separators are removed,
 * `..` with the folder before it; `\` stays where the path is one of Windows.
 */
export function joinPath(parts: readonly string[]): string {
  let path = ''
  for (const part of parts) {
    if (part === '') continue
    if (path === '' || isAbsolute(part)) path = part
    else path += (isWindowsPath(path) ? '\\' : '/') + part
  }
  return normalPath(path)
}

const isWindowsPath = (path: string) => /^([A-Za-z]:)?\\|^[A-Za-z]:$/.test(path)

function normalPath(path: string): string {
  if (!/[/\\](\.{0,2})([/\\]|$)|^\.[/\\]/.test(path)) return path
  const root = /^(\\\\|[A-Za-z]:[/\\]|[/\\])?/.exec(path)![0]
  const separator = isWindowsPath(path) ? /[/\\]+/ : /\/+/
  const parts: string[] = []
  for (const part of path.slice(root.length).split(separator)) {
    if (part === '' || part === '.') continue
    const before = parts.at(-1)
    if (part === '..' && before !== undefined && before !== '..') parts.pop()
    else if (part !== '..' || root === '') parts.push(part)
  }
  return root + parts.join(isWindowsPath(path) ? '\\' : '/')
}
