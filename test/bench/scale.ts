// Processing by several shards as separate processes over one S3 server: the work of all together must not grow.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { simulateReports } from '../../batch/simulate/reports.ts'
import { bucketNames } from '../../shared/storage/storage.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { startS3Server } from '../support/s3-server.ts'
import type { ShardJob, ShardResult } from './scale-shard.support.ts'

const crashes = Number(process.env.MAYDAY_BENCH_CRASHES || 400)
const counts = [1, 2, 4, 8]
const run1 = promisify(execFile)

export async function run(): Promise<Record<string, unknown>> {
  const shards: Record<string, unknown> = {}
  for (const count of counts) shards[count] = await measure(count)
  return { crashes, shards }
}

async function measure(count: number): Promise<unknown> {
  const scratch = mkdtempSync(join(tmpdir(), 'mayday-bench-scale-'))
  const s3 = await startS3Server(bucketNames.map((name) => `mayday-${name}`))
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  }
  const store = `s3:${s3.endpoint}?region=us-east-1`
  try {
    const { stores } = await openStores(store, env)
    const round = async () => {
      const jobs = Array.from({ length: count }, (_, i) => {
        const job: ShardJob = { store, shard: `${i}/${count}`, dir: join(scratch, String(i)) }
        return run1(
          process.execPath,
          [join(import.meta.dirname, 'scale-shard.support.ts'), JSON.stringify(job)],
          {
            env,
          },
        )
      })
      const results = (await Promise.all(jobs)).map(({ stdout }) => JSON.parse(stdout) as ShardResult)
      const sum = (of: (result: ShardResult) => number) => results.reduce((total, one) => total + of(one), 0)
      return {
        processed: sum(({ processed }) => processed),
        cpu_s: sum(({ cpuMs }) => cpuMs) / 1000,
        s: Math.max(...results.map(({ ms }) => ms)) / 1000,
        get: sum(({ requests }) => requests.get),
        put: sum(({ requests }) => requests.put),
        head: sum(({ requests }) => requests.head),
        list: sum(({ requests }) => requests.list),
        bytes_read: sum(({ requests }) => requests.bytes_read),
        bytes_written: sum(({ requests }) => requests.bytes_written),
      }
    }
    await simulateReports(stores.crashes, { crashes, days: 1, seed: 1, to: '2026-10-21' })
    const first = await round()
    const idle = await round()
    await simulateReports(stores.crashes, { crashes: crashes / 4, days: 1, seed: 2, to: '2026-10-21' }).catch(
      (e) => e,
    )
    return { first, idle }
  } finally {
    await s3.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}
