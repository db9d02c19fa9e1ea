// A call of an endpoint that needs only the object store.
import type { StoreEndpointName } from '../../shared/api/calls.ts'
import type { ArgumentsOf } from '../../shared/api/endpoint.ts'
import type { EndpointNamed } from '../../shared/api/endpoints.ts'
import type { Holder } from '../access/token-source.ts'
import type { EdgeDeps } from '../deps.ts'

export interface StoreCall<Name extends StoreEndpointName = StoreEndpointName> {
  args: ArgumentsOf<EndpointNamed<Name>>
  /** Null for an anonymous request. */
  holder: Holder | null
  request: Request
  deps: EdgeDeps
}
