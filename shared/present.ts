// Objects without the keys that have no value.

/** The entries that have a value: a key with undefined or null is omitted, so that it is absent in JSON and in `in`. */
export function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> }
}
