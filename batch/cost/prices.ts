// List prices in USD, before free allowances, without taxes and plans. `date`: their age; `source` has those of today.

export interface StorePrices {
  title: string
  date: string
  source: string
  /** Per million requests that write or list (class A). */
  writes: number
  /** Per million requests that read (class B); requests that delete are free. */
  reads: number
  /** Per GB (10^9 bytes) and month. */
  storage: number
  /** Per GB that leaves the store. */
  egress: number
}

export const storePrices = {
  r2: {
    title: 'Cloudflare R2, standard storage',
    date: '2026-11-30',
    source: 'https://developers.cloudflare.com/r2/pricing/',
    writes: 4.5,
    reads: 0.36,
    storage: 0.015,
    egress: 0,
  },
  s3: {
    title: 'Amazon S3 Standard, us-east-1',
    date: '2026-11-30',
    source: 'https://aws.amazon.com/s3/pricing/',
    writes: 5,
    reads: 0.4,
    storage: 0.023,
    egress: 0.09,
  },
} as const satisfies Record<string, StorePrices>

export type Provider = keyof typeof storePrices

export const workersPrices = {
  date: '2026-11-30',
  source: 'https://developers.cloudflare.com/workers/platform/pricing/',
  /** Per million. */
  requests: 0.3,
  /** Per million milliseconds of CPU. */
  cpuMs: 0.02,
} as const
