// Names of functions as people write them.

/** Names of C++, Rust, Swift and D that are not as in the source. */
export const isMangled = (name: string): boolean => /^(_Z|__Z|_R|\?|\$s|_\$s|_T0|_D\d)/.test(name)

/** The name in its source language; null when a mangled name cannot be read. A name that is not mangled stays. */
export function demangled(name: string): string | null {
  return isMangled(name) ? null : name
}
