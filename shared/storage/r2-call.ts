// The protocol between Node and the Worker that exposes the local R2. A file of its own: a Worker may export only handlers.
import type { R2BucketLike } from './r2.ts'

export type GatewayMethod = Exclude<keyof R2BucketLike, 'createMultipartUpload'>

/** A call on a bucket, as JSON in a header. The value of `put` and the keys of `delete` are the body. */
export interface GatewayCall {
  binding: string
  method: GatewayMethod
  args: unknown[]
}

export const callHeader = 'x-call'
export const resultHeader = 'x-result'
export const tokenHeader = 'x-token'
