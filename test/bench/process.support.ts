// Reports for the benchmark of processing: 20 threads with frame-pointer chains, 90 modules, about 120 kB of dump.
import { simulateReports } from '../../batch/simulate/reports.ts'
import type { Storage } from '../../shared/storage/storage.ts'

/** Stores `count` distinct reports of one day. */
export const storeBenchReports = (crashes: Storage, count: number) =>
  simulateReports(crashes, { crashes: count, days: 1, seed: 1, to: '2026-10-21' })
