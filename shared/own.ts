// Objects whose keys are data: names such as `constructor` and `__proto__` are ordinary keys.

/** The object's own value under `key`; undefined when it has none, regardless of its prototype. */
export function own<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Sets the object's own value under `key`. A plain assignment under `__proto__` would replace the prototype instead. */
export function setOwn<T>(object: { [key: string]: T }, key: string, value: T): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
}

/** Adds `amount` to the sum that the object has under `key`. */
export function addOwn(sums: { [key: string]: number }, key: string, amount: number): void {
  setOwn(sums, key, (own(sums, key) ?? 0) + amount)
}

/** True for objects and lists. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
