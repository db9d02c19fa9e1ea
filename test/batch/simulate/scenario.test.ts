// What the made-up history promises its readers: every part of it is complete and refers to what exists.
import { describe, expect, test } from 'vitest'
import { madeApps, madeBugs } from '../../../batch/simulate/history/scenario.ts'
import { systems } from '../../../batch/simulate/history/made-stack.ts'
import { compareVersions } from '../../../batch/aggregates/releases/version-order.ts'

const frame = /^(\S.* @ \/?[\w./-]+\.(cc|cpp|rs|py):[1-9]\d*|[\w.+-]+![\w.:]+)$/
const curves = (app: (typeof madeApps)[number]) =>
  [...app.releases, ...app.signatures].map(({ share }) => share)

describe.each(madeApps.map((app) => [app.product, app] as const))('%s', (_, app) => {
  test('releases have versions and build IDs, and channels get newer ones in order', () => {
    for (const { version, buildId, percent = 100 } of app.releases) {
      expect(version).toMatch(/^\d+\.\d/)
      expect(buildId).toMatch(/^(\d{5}|2026\d{4}(\d{6})?)$/)
      expect(percent).toBeGreaterThan(0)
      expect(percent).toBeLessThanOrEqual(100)
    }
    for (const ofChannel of Map.groupBy(app.releases, ({ channel }) => channel).values()) {
      expect(ofChannel[0]!.channel).toMatch(/^[a-z]+$/)
      const sorted = ofChannel.toSorted((a, b) => compareVersions(a.version, b.version))
      expect(ofChannel).toEqual(sorted)
      expect(sorted.map(({ buildId }) => buildId)).toEqual(sorted.map(({ buildId }) => buildId).sort())
    }
    expect(new Set(app.releases.map(({ buildId }) => buildId)).size).toBe(app.releases.length)
  })

  test('shares are not negative, and their days are in order', () => {
    for (const curve of curves(app)) {
      const days = curve.map(([day]) => day)
      expect(days).toEqual(days.toSorted((a, b) => a - b))
      for (const [, share] of curve) expect(share).toBeGreaterThanOrEqual(0)
      expect(Math.max(...curve.map(([, share]) => share))).toBeGreaterThan(0)
    }
  })

  test('signatures have stacks, and platforms, versions and correlations that exist', () => {
    for (const one of app.signatures) {
      for (const text of [...one.frames, ...app.tail]) expect(text).toMatch(frame)
      for (const platform of one.platforms) expect(Object.keys(systems)).toContain(platform)
      for (const version of one.versions ?? [])
        expect(app.releases.map((release) => release.version)).toContain(version)
      if (one.processType !== undefined) expect(one.processType).toMatch(/^(content|gpu|renderer)$/)
      const { module, value } = one.correlation ?? {}
      if (module) expect([module.name, module.version].join(' ')).toMatch(/^\w+\.dll \d+(\.\d+){3}$/)
      if (value) expect(`${value.field} ${value.value}`).toMatch(/^\w+ (0x[0-9a-f]{4}|\w+ \d)$/)
    }
  })
})

test('bugs have distinct IDs and titles, and name signatures', () => {
  expect(new Set(madeBugs.map(({ id }) => id)).size).toBe(madeBugs.length)
  for (const { id, summary, signatures } of madeBugs) {
    expect(id).toMatch(/^[A-Z]+-\d+$/)
    expect(summary).toMatch(/^[A-Z]\S* \S/)
    for (const signature of signatures) expect(signature).toMatch(/\w/)
  }
})

test('systems name their releases, reasons and base frames', () => {
  for (const { os, cpu, releases, reasons, base, others, libraryName } of Object.values(systems)) {
    expect([os, cpu, ...others].every((name) => /^\w/.test(name))).toBe(true)
    for (const [pretty, version] of releases) {
      expect(pretty).toMatch(/^[A-Za-z].* \d/)
      expect(version).toMatch(/^\d+(\.\d+)*/)
    }
    for (const reason of Object.values(reasons)) expect(reason).toMatch(/^[A-Z]/)
    for (const text of base) expect(text).toMatch(frame)
    expect(libraryName('x')).toMatch(/x/)
  }
})
