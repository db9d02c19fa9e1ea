// The store in R2, in the Workers runtime.
import { env } from 'cloudflare:workers'
import { createR2Storage, type R2BucketLike } from '../../../../shared/storage/r2.ts'
import { storageContract } from '../../../contract/storage.ts'

storageContract('R2', () => createR2Storage((env as { CRASHES: R2BucketLike }).CRASHES))
