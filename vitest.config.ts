// Tests in their runtimes: `node` for the core and batch, `workerd` for what the edge runs on, `browser` for pages.
import { resolve } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

process.env.TZ = 'UTC'
// Worker threads start in a third of the time with compiled code.
process.env.NODE_COMPILE_CACHE ??= resolve(import.meta.dirname, 'node_modules/.cache/compiled')

/** Slow files first: one that starts last would run alone. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const { slow = [], fast = [] } = Object.groupBy(sorted, ({ moduleId }) =>
      moduleId.includes('.slow.test.') ? 'slow' : 'fast',
    )
    return [...slow, ...fast]
  }
}

const globalSetup = 'test/support/built-dashboard.ts'
// The option `--exclude` has no effect on projects.
const skipped = process.env.SKIP_SLOW ? ['**/*.slow.test.ts'] : []

export default defineConfig({
  test: {
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: 'node',
          globalSetup,
          // No test leaves state behind in its process, so modules are loaded once per worker.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/edge/runtime/{deno,workerd}/**', 'test/dashboard/browser/**', ...skipped],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'workerd',
          globalSetup,
          include: ['test/edge/runtime/workerd/**/*.test.ts'],
          exclude: skipped,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          globalSetup,
          include: ['test/dashboard/browser/**/*.test.ts'],
          exclude: skipped,
          testTimeout: 120_000,
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
