// How an endpoint of the API is declared, and the types of its arguments, which derive from the declaration.
import type { Permission } from '../access/permissions.ts'

/** `texts` and `integers` may be given several times. */
export interface ParameterKinds {
  text: string
  texts: readonly string[]
  integers: readonly number[]
  integer: number
}

export interface Parameter {
  readonly kind: keyof ParameterKinds
  /** A request without it, or with an empty one, is refused. */
  readonly required?: true
  readonly description: string
}

export interface Endpoint {
  /** The path is `/api/<name>/`. */
  readonly name: string
  readonly methods: readonly ('GET' | 'POST')[]
  /** Of every request; null: none, though a result may have more with one. */
  readonly permission: Permission | null
  /**
   * What the answer needs: `store`, only the object store, so that every edge can answer; `tables`, a program that has
   * the tables open (`mayday serve`).
   */
  readonly needs: 'store' | 'tables'
  readonly parameters: Readonly<Record<string, Parameter>>
  /** Takes fields and options of searches as well. */
  readonly search?: true
  /** The body of a POST is JSON instead of a form: how it is described. */
  readonly body?: string
  /** Queries of a search or bodies that a reader can try over any data. */
  readonly examples?: readonly string[]
  /** How long clients may keep an answer. 0: not at all. */
  readonly cacheSeconds: number
  readonly description: string
  /** The form of the answer, by example. */
  readonly result: string
}

type Required<Parameters> = {
  [Name in keyof Parameters]: Parameters[Name] extends { readonly required: true } ? Name : never
}[keyof Parameters]

type Value<P> = P extends { readonly kind: infer Kind extends keyof ParameterKinds }
  ? ParameterKinds[Kind]
  : never

/** The parsed parameters of an endpoint. Optional ones that a request lacks are undefined. */
export type ArgumentsOf<E extends Pick<Endpoint, 'parameters'>> = {
  readonly [Name in keyof E['parameters']]:
    | Value<E['parameters'][Name]>
    | (Name extends Required<E['parameters']> ? never : undefined)
}
