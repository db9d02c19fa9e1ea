// Names of functions as people write them.

/** The name in its source language; null when a mangled name cannot be read. A name that is not mangled stays. */
export function demangled(name: string): string | null {
  return /^(_Z|__Z|_R|\?|\$s|_\$s|_T0|_D\d)/.test(name) ? null : name
}
