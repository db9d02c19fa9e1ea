// Rulesets: which rules run, in which order, and what happens if one fails.
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../../batch/processing/rules/rule.ts'
import { rulesets, rulesVersion } from '../../../../batch/processing/rules/rulesets.ts'
import { runRules } from '../../../../batch/processing/rules/run-rules.ts'
import { fieldByName } from '../../../../shared/fields/fields.ts'
import type { StoredDump } from '../../../../shared/fields/stackwalk.ts'
import { inputOf, runPreset } from '../../support/rule-input.ts'

describe('presets', () => {
  test.each(Object.entries(rulesets))(
    '%s: names are unique, and every rule follows those it names in after',
    (_n, rules) => {
      const names = rules.map((rule) => rule.name)
      expect(new Set(names).size).toBe(names.length)
      for (const [i, rule] of rules.entries()) {
        for (const earlier of rule.after ?? []) {
          expect(names.slice(0, i), `${rule.name} after ${earlier}`).toContain(earlier)
        }
      }
    },
  )

  test.each(Object.keys(rulesets) as (keyof typeof rulesets)[])(
    '%s: every field that a rule adds is in the catalog',
    (preset) => {
      const dump: StoredDump = {
        status: 'OK',
        crash_info: { crashing_thread: 0, type: 'SIGSEGV' },
        threads: [{ frames: [] }],
        modules: [],
      }
      const raw = {
        ProductName: 'P',
        Version: '1',
        MozCrashReason: 'x',
        JavaStackTrace: 'A\n\tat b',
        PHCKind: 'k',
        Breadcrumbs: '[]',
        UtilityActorsName: 'a',
        ProcessType: 'plugin',
      }
      const { crash, failed } = runPreset(preset, {
        raw,
        dump,
        duplicateOf: 'x',
        memoryReport: { report: {} },
      })
      expect(failed).toEqual([])
      expect(Object.keys(crash).filter((name) => !fieldByName(name))).toEqual([])
    },
  )

  test('the version changes if and only if a rule changes', () => {
    expect(rulesVersion('default')).toMatch(/^default-[0-9a-f]{8}$/)
    expect(rulesVersion('default')).toBe(rulesVersion('default'))
    expect(rulesVersion('default').slice(-8)).not.toBe(rulesVersion('mozilla').slice(-8))
  })
})

describe('runRules', () => {
  const rule = (name: string, run: Rule['run']): Rule => ({ name, version: 1, run })

  test('a rule that throws adds a note without the error message, and the other rules run', () => {
    const rules = [
      rule('first', () => ({ product: 'P' })),
      rule('broken', () => {
        throw new TypeError('secret text of the report')
      }),
      rule('last', (_input, draft) => ({ version: `${draft.product}1` })),
    ]
    const run = runRules(rules, inputOf({}), { version: 'v', now: () => new Date('2026-10-21T12:00:01Z') })
    expect(run.failed).toEqual(['broken'])
    expect(run.crash).toMatchObject({
      product: 'P',
      version: 'P1',
      success: false,
      processor_notes: "rule 'broken' failed: TypeError",
      started_datetime: '2026-10-21T12:00:00.000+00:00',
      completed_datetime: '2026-10-21T12:00:01.000+00:00',
    })
    expect(JSON.stringify(run.crash)).not.toContain('secret')
    expect(Object.keys(run.timings)).toEqual(['first', 'broken', 'last'])
  })

  test('a crash without a signature gets a fixed one', () => {
    expect(runRules([], inputOf({}), { version: 'v' }).crash.signature).toBe('EMPTY: crash failed to process')
  })
})
