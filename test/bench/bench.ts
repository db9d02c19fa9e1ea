// `npm run bench [-- name…]`: runs `run()` of each test/bench/<name>.ts and prints one JSON object with the machine.
import { readdirSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** What every benchmark file exports: measurements by name; ratios compare measurements of the same run. */
interface Benchmark {
  run(): Promise<Record<string, unknown>>
}

const folder = import.meta.dirname
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'bench.ts' && !file.includes('.support.'))
  .map((file) => file.slice(0, -3))
  .sort()

const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'))
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length) {
  process.stderr.write(`bench: no benchmark named ${unknown.join(', ')}; available: ${known.join(', ')}\n`)
  process.exit(2)
}

const results: Record<string, unknown> = {}
for (const name of wanted.length ? wanted : known) {
  process.stderr.write(`bench: ${name}\n`)
  try {
    const { run } = (await import(join(folder, `${name}.ts`))) as Benchmark
    results[name] = await run()
  } catch (error) {
    results[name] = { error: error instanceof Error ? error.message : String(error) }
    process.stderr.write(`bench: ${name}: ${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  }
}
const machine = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memory_bytes: totalmem(),
  runtime: `node ${process.versions.node}`,
  platform: `${process.platform} ${process.arch}`,
}
process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`)
process.exit(process.exitCode ?? 0)
