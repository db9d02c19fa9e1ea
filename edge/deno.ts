// The entry for `deno serve`: a folder or an S3 store, the dashboard from its folder. Its end: `deno-server.ts`.
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { nodeCodecs } from '../shared/report/codecs.node.ts'
import { openStores } from '../shared/storage/open.node.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { fixedPolicy } from './policy.ts'
import { type AssetFile, createStaticFiles } from './static.ts'

const dashboard = new URL('../dashboard/dist/', import.meta.url)

async function readAsset(path: string): Promise<AssetFile | null> {
  const file = fileURLToPath(new URL(path, dashboard))
  try {
    const { mtimeMs, size } = await stat(file)
    return {
      bytes: await readFile(file),
      version: `${Math.round(mtimeMs).toString(36)}-${size.toString(36)}`,
    }
  } catch {
    return null
  }
}

const now = () => new Date()
const env = Deno.env.toObject()
const config = readConfig(env)
const log = createLog((line) => console.log(line), now)
const { stores, close } = await openStores(config.store, env)
const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))

const app = createApp({
  config,
  stores,
  codecs: nodeCodecs,
  policy: fixedPolicy(config.policy),
  log,
  metrics: createMetrics(),
  assets: createStaticFiles(readAsset),
  now,
  clock: () => performance.now(),
  sleep,
  random: Math.random,
})

/** For `deno-server.ts`, which listens by itself. */
export { close, config, log, sleep }

export default { fetch: (request) => app.fetch(request) } satisfies Deno.ServeDefaultExport
