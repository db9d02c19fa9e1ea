// Calls of endpoints, and what answers those that need the tables.
import type { AuditEvent } from '../access/audit.ts'
import type { Permission } from '../access/permissions.ts'
import type { ArgumentsOf } from './endpoint.ts'
import type { ApiEndpoint, EndpointName, EndpointNamed } from './endpoints.ts'

/** Who calls. */
export interface Caller {
  /** That of the token; null for an anonymous request. */
  label: string | null
  permissions: ReadonlySet<Permission>
  /** Products whose protected data the token gives access to; null: all. */
  products: ReadonlySet<string> | null
}

/** A call whose permission and parameters are checked. */
export interface Call<Name extends EndpointName = EndpointName> {
  args: ArgumentsOf<EndpointNamed<Name>>
  /** All parameters as sent, in the query or the form. */
  parameters: URLSearchParams
  /** The body of an endpoint with `body`; empty for others. */
  body: Uint8Array
  request: Request
  caller: Caller
  /** Aborts when the client leaves, or its time is over. */
  signal: AbortSignal
  /** Records a protected answer; call it before the answer. @throws Overloaded */
  audit(event: AuditEvent): void
}

/** JSON, or a response of another form. @throws ApiProblem for what the client did wrong */
export type Answer<Name extends EndpointName = EndpointName> = (call: Call<Name>) => Promise<unknown>

export type TablesEndpointName = Extract<ApiEndpoint, { needs: 'tables' }>['name']
export type StoreEndpointName = Exclude<EndpointName, TablesEndpointName>

/** Answers the endpoints that need the tables. */
export type TablesApi = { readonly [Name in TablesEndpointName]: Answer<Name> }
