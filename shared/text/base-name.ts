// File names without their folders.

/** The part of a path after the last slash or backslash, regardless of platform. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
