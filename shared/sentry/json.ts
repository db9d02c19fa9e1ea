// Access to untrusted JSON values that ignores inherited properties.

import { own } from '../own.ts'

/** An object of client data. Keys are client text: read them with `at`. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The value as an object; null for lists and everything else. */
export function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

/** The value at a path of own keys; undefined when there is none. */
export function at(root: unknown, ...path: readonly string[]): unknown {
  let value = root
  for (const key of path) {
    const object = objectOf(value)
    value = object && own(object, key)
  }
  return value ?? undefined
}

/** The text at a path: a non-empty string, or a number in decimal; null for anything else. */
export function textAt(root: unknown, ...path: readonly string[]): string | null {
  const value = at(root, ...path)
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`
  return typeof value === 'string' && value !== '' ? value : null
}

type Tree = Map<string, unknown>

/** Merges objects, later values taking precedence; a single object is returned unchanged. */
export function mergeAll(...objects: readonly JsonObject[]): JsonObject {
  const full = objects.filter((object) => Object.keys(object).length > 0)
  if (full.length <= 1) return full[0] ?? {}
  const merged = new MergedObject()
  for (const object of full) merged.add(object)
  return merged.toObject()
}

/** An object built from several, in time linear in the added values. Their nesting depth must be bounded. */
export class MergedObject {
  private readonly root: Tree = new Map()

  /** Adds the values of an object: merges objects, replaces other values. */
  add(object: JsonObject): void {
    addTo(this.root, object)
  }

  /** Sets the value at a path of at least one key, replacing values on the way that are not objects. */
  set(path: readonly string[], value: unknown): void {
    const tree = path.slice(0, -1).reduce<Tree>((above, key) => {
      const branch = branchOf(above.get(key)) ?? new Map()
      above.set(key, branch)
      return branch
    }, this.root)
    tree.set(path.at(-1)!, value)
  }

  toObject(): JsonObject {
    return objectFrom(this.root)
  }
}

function addTo(tree: Tree, object: JsonObject): void {
  for (const [key, value] of Object.entries(object)) {
    const branch = objectOf(value) ? branchOf(tree.get(key)) : null
    if (branch) {
      tree.set(key, branch)
      addTo(branch, value as JsonObject)
    } else {
      tree.set(key, value)
    }
  }
}

/** A mutable copy of an object; null for other values. */
function branchOf(value: unknown): Tree | null {
  if (value instanceof Map) return value
  const object = objectOf(value)
  return object && new Map(Object.entries(object))
}

/** `Object.fromEntries` creates own properties for all keys, including `__proto__`. */
function objectFrom(tree: Tree): JsonObject {
  return Object.fromEntries(
    [...tree].map(([key, value]) => [key, value instanceof Map ? objectFrom(value) : value]),
  )
}
