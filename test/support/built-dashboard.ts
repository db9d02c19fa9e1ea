// Global setup of Vitest: the edge serves the built pages, and the browser opens them.
import { buildDashboardIfStale } from '../../batch/local/dashboard-build.ts'

export default async function setup(): Promise<void> {
  await buildDashboardIfStale()
}
