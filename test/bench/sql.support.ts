// Peak memory of `mayday sql` while it writes many rows in each format.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { OpenStore } from '../../batch/lake/open-store.ts'
import { formats } from '../../batch/sql/output/write-result.ts'
import { memoryMb } from './hostile.support.ts'

const rows = 500_000
const sampleMs = 20

/** MiB and seconds by format, for 500,000 rows with all columns. */
export async function outputMemory(
  open: OpenStore,
): Promise<Record<string, { peak_mb: number; seconds: number }>> {
  const out: Record<string, { peak_mb: number; seconds: number }> = {}
  for (const format of formats) out[format] = await measure(open, format)
  return out
}

async function measure({ url, cacheDir }: OpenStore, format: string) {
  const program = resolve(import.meta.dirname, '../../batch/mayday.ts')
  const args = [program, 'sql', '--store', url, '--format', format, `FROM crashes LIMIT ${rows}`]
  const began = performance.now()
  const env = { ...process.env, MAYDAY_CACHE: cacheDir }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.resume()
  let peak = 0
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, memoryMb(child.pid!, 'VmHWM'))
    } catch {
      // The process has ended.
    }
  }, sampleMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(timer)
  if (code !== 0) throw new Error(`mayday sql --format ${format} ended with ${code}`)
  return { peak_mb: Math.round(peak), seconds: Math.round((performance.now() - began) / 100) / 10 }
}
