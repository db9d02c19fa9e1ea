// Global setup of Vitest: builds the dashboard for the edge and the browser tests.
import { buildDashboardIfStale } from '../../batch/local/dashboard-build.ts'

export default async function setup(): Promise<void> {
  await buildDashboardIfStale()
}
