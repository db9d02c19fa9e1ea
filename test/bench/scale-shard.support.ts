// One shard as a process: argument 1 is JSON (`ShardJob`), the result is one line of JSON (`ShardResult`).
import { processCrashes } from '../../batch/processing/process-run.ts'
import { parseShard } from '../../batch/planning/shard.ts'
import { countingStores, noRequests, type Requests } from '../../shared/storage/counting.ts'
import { openStores } from '../../shared/storage/open.node.ts'

export interface ShardJob {
  store: string
  shard: string
  /** Of the cache of this shard. */
  dir: string
}

export interface ShardResult {
  processed: number
  requests: Requests
  /** Without loading the program. */
  cpuMs: number
  ms: number
}

const job = JSON.parse(process.argv[2]!) as ShardJob
const requests = noRequests()
const { stores, close } = await openStores(job.store, process.env)
const [began, cpu] = [performance.now(), process.cpuUsage()]
const { processed } = await processCrashes({
  stores: countingStores(stores, requests),
  dir: job.dir,
  duckdbMemory: '256MB',
  workers: 1,
  shard: parseShard(job.shard),
})
const { user, system } = process.cpuUsage(cpu)
const result: ShardResult = {
  processed,
  requests,
  cpuMs: (user + system) / 1000,
  ms: performance.now() - began,
}
await close()
process.stdout.write(`${JSON.stringify(result)}\n`)
