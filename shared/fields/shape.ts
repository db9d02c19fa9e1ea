// The shape of a value in a processed crash: its type, its check, and its public parts.
import { baseName } from '../text/base-name.ts'
import { own } from '../own.ts'

/** The shape of a value. `?` allows null. Keys that an object does not list are protected. */
export type Shape =
  | Leaf
  | { readonly list: Shape }
  | { readonly object: Readonly<Record<string, Shape>> }
  /** An object whose keys are data; keys that do not match are protected. Default: up to 200 characters. */
  | { readonly map: Shape; readonly keys?: { test(key: string): boolean } }
  /** A value that is public if `public` accepts it. */
  | { readonly chosen: Shape; readonly public: (value: object) => boolean }
  | { readonly nullable: Shape }
  /** The value of an optional key. */
  | { readonly optional: Shape }
  | { readonly protected: Shape }
  /** An object stored unchanged as the client sent it; the part of it with this shape is public. */
  | { readonly sent: Shape }

interface Leaves {
  string: string
  /** A file name. Public without its folders, which may name a person. */
  file: string
  /** A number without a fraction. */
  int: number
  /** An integer of any size. One beyond 2^53 is decimal text, because JSON would round it. */
  integer: number | string
  /** The same: a number of bytes. */
  size: number | string
  float: number
  bool: boolean
  scalar: string | number | boolean
  json: unknown
}

type Leaf = keyof Leaves | `${keyof Leaves}?`

/** The type of the values of a shape, as generated. */
export type ValueOf<S> = S extends keyof Leaves
  ? Leaves[S]
  : S extends `${infer Name extends keyof Leaves}?`
    ? Leaves[Name] | null
    : S extends { readonly list: infer Item }
      ? readonly ValueOf<Item>[]
      : S extends { readonly object: infer Keys }
        ? {
            readonly [K in keyof Keys as Keys[K] extends Optional ? never : K]: ValueOf<Keys[K]>
          } & {
            readonly [K in keyof Keys as Keys[K] extends Optional ? K : never]?: ValueOf<Keys[K]>
          }
        : S extends { readonly map: infer Value }
          ? Readonly<Record<string, ValueOf<Value>>>
          : S extends { readonly nullable: infer Inner }
            ? ValueOf<Inner> | null
            : S extends { readonly chosen: infer Inner } | { readonly protected: infer Inner }
              ? ValueOf<Inner>
              : S extends { readonly optional: infer Inner }
                ? ValueOf<Inner>
                : S extends { readonly sent: unknown }
                  ? object
                  : never

type Optional = { readonly optional: unknown }

/**
 * The type of values read from a store: other releases and programs may have omitted keys or written null. Lists
 * contain no null.
 */
export type Stored<T> = T extends readonly (infer Item)[]
  ? readonly Stored<Item>[]
  : [keyof T] extends [never]
    ? T
    : T extends object
      ? { readonly [K in keyof T]?: Stored<T[K]> | null }
      : T

/**
 * The part of a JSON value that has the shape; undefined if there is none. Parts of another form are omitted. The
 * view `public` also omits protected and unlisted parts, and shares no object with the input; `full` keeps them.
 */
export function conform(value: unknown, shape: Shape, view: 'public' | 'full'): unknown {
  if (typeof shape === 'string') return conformLeaf(value, shape, view)
  if ('nullable' in shape) return conform(value, shape.nullable, view)
  if ('optional' in shape) return conform(value, shape.optional, view)
  if ('protected' in shape) return view === 'public' ? undefined : conform(value, shape.protected, view)
  if (value === null) return null
  if (typeof value !== 'object') return undefined
  if ('chosen' in shape)
    return view === 'public' && !shape.public(value) ? undefined : conform(value, shape.chosen, view)
  if ('sent' in shape) return view === 'public' ? conform(value, shape.sent, view) : value
  if ('list' in shape) {
    if (!Array.isArray(value)) return undefined
    return value
      .map((item) => conform(item, shape.list, view))
      .filter((item) => item !== undefined && item !== null)
  }
  return Array.isArray(value) ? undefined : conformKeys(value, shape, view)
}

function conformLeaf(value: unknown, shape: Leaf, view: 'public' | 'full'): unknown {
  if (value !== null && !leafChecks[shape](value)) return undefined
  const isFile = shape === 'file' || shape === 'file?'
  return isFile && view === 'public' && typeof value === 'string' ? baseName(value) : value
}

type KeyedShape = Extract<Shape, { object: unknown } | { map: unknown }>

function conformKeys(value: object, shape: KeyedShape, view: 'public' | 'full'): object {
  const kept = Object.entries(value).map(([key, item]) => {
    const inner = shapeOfKey(key, shape, view)
    return [key, inner ? conform(item, inner, view) : view === 'full' ? item : undefined] as const
  })
  return Object.fromEntries(kept.filter(([, item]) => item !== undefined))
}

const shortKey = /^.{1,200}$/s

function shapeOfKey(key: string, shape: KeyedShape, view: 'public' | 'full'): Shape | undefined {
  if ('map' in shape) return view === 'full' || (shape.keys ?? shortKey).test(key) ? shape.map : undefined
  return own(shape.object, key)
}

/**
 * Whether every part of a JSON value that the shape lists has its type. Null fits only where the shape allows it; keys
 * that are not listed may have any value.
 */
export function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return value === null ? /^json|\?$/.test(shape) : leafChecks[shape](value)
  if ('nullable' in shape) return value === null || fits(value, shape.nullable)
  if ('optional' in shape) return fits(value, shape.optional)
  if ('protected' in shape) return fits(value, shape.protected)
  if ('sent' in shape) return fits(value, shape.sent)
  if ('chosen' in shape) return fits(value, shape.chosen)
  if (typeof value !== 'object' || value === null) return false
  if ('list' in shape) return Array.isArray(value) && value.every((item) => fits(item, shape.list))
  if (Array.isArray(value)) return false
  return Object.entries(value).every(([key, item]) => {
    const inner = shapeOfKey(key, shape, 'public')
    return inner === undefined || fits(item, inner)
  })
}

const isText = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'
const isScalar = (value: unknown) => isText(value) || isFlag(value) || Number.isFinite(value)
const isInteger = (value: unknown) =>
  Number.isInteger(value) ||
  (typeof value === 'string' && /^-?\d{16,}$/.test(value) && !Number.isSafeInteger(Number(value)))
const isJson = (value: unknown) => value !== undefined

const leafChecks: Readonly<Record<Leaf, (value: unknown) => boolean>> = {
  string: isText,
  'string?': isText,
  file: isText,
  'file?': isText,
  int: Number.isInteger,
  'int?': Number.isInteger,
  integer: isInteger,
  'integer?': isInteger,
  size: isInteger,
  'size?': isInteger,
  float: Number.isFinite,
  'float?': Number.isFinite,
  bool: isFlag,
  'bool?': isFlag,
  scalar: isScalar,
  'scalar?': isScalar,
  json: isJson,
  'json?': isJson,
}
