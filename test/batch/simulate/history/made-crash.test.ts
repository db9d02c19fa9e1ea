// The made crashes of every sample app: the same on every run, so whole days of them are pinned.
import { describe, expect, test } from 'vitest'
import { dayFactor, makeCrashes, type Source } from '../../../../batch/simulate/history/made-crash.ts'
import { madeApps } from '../../../../batch/simulate/history/scenario.ts'
import { createPlanter, type Shape } from '../../../../batch/simulate/history/shapes.ts'
import type { ProcessedCrash } from '../../../../shared/crash.ts'

const plant = createPlanter()
const sample: Shape = { signature: 'of a sample', os_name: 'Windows NT', json_dump: { status: 'OK' } }
const sourceOf = (app: Source['app'], samples: Source['samples'] = []): Source => ({ app, samples, plant })
const days = [
  { date: '2026-10-22', day: -25 },
  { date: '2026-11-02', day: -14 },
  { date: '2026-11-15', day: -1 },
] as const

/** The fields of one crash that are drawn, in one line. */
function lineOf(crash: ProcessedCrash): string {
  const { json_dump: dump } = crash
  const release = [crash.version, crash.release_channel, crash.build, crash.major_version]
  const throttled = [crash.weight, crash.throttle_percent, crash.throttle_rule]
  const times = [crash.uptime, crash.startup_crash, crash.startup_time, crash.install_time, crash.install_age]
  const system = [crash.os_name, crash.os_pretty_version, crash.os_version]
  const device = [crash.adapter_vendor_id, crash.android_model, dump?.modules?.at(-1)?.filename]
  const parts = [release, throttled, times, system, device, [crash.signature]]
  return [crash.submitted_timestamp, crash.crash_id, ...parts.map((part) => part.join(' '))].join('  ')
}

describe('made crashes', () => {
  test.each(madeApps.map((app) => [app.product, app] as const))('of %s on three days', async (name, app) => {
    const lines = days.flatMap((at) =>
      makeCrashes(sourceOf(app, [{ shape: sample, count: 2 }]), at).map(lineOf),
    )
    const file = `../../../golden/made-crashes/${name.toLowerCase()}.txt`
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(file)
  })

  test('have all fields of a report', async () => {
    const [first] = makeCrashes(sourceOf(madeApps[0]!), days[2])
    await expect(`${JSON.stringify(first, null, 2)}\n`).toMatchFileSnapshot(
      '../../../golden/made-crashes/one.json',
    )
  })

  test('have only planted stacks without samples', () => {
    const crashes = makeCrashes(sourceOf(madeApps[0]!), days[0])
    expect(crashes.length).toBeGreaterThan(20)
    expect(crashes.every(({ signature }) => signature !== sample.signature)).toBe(true)
  })

  test.each([
    ['2026-11-13', 1],
    ['2026-11-14', 0.7],
    ['2026-11-15', 0.7],
    ['2026-11-16', 1],
  ])('are as many on %s as on a weekday, times %d', (date, factor) => {
    expect(dayFactor(date)).toBe(factor)
  })
})
