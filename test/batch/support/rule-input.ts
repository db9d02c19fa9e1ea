// Runs single rules and whole rulesets on plain literals.

import { cleanAnnotations } from '../../../batch/processing/rules/report.ts'
import type { DumpResult, RuleInput } from '../../../batch/processing/rules/rule.ts'
import { rulesets } from '../../../batch/processing/rules/rulesets.ts'
import { runRules } from '../../../batch/processing/rules/run-rules.ts'
import { openSignatureConfigs } from '../../../batch/processing/signature-config.ts'
import type { Preset } from '../../../batch/products/product-file.ts'
import { mainDumpName, type PartialCrash, type RawCrash } from '../../../shared/crash.ts'
import type { StoredDump } from '../../../shared/fields/stackwalk.ts'

export interface Given {
  raw?: Record<string, unknown>
  dump?: StoredDump
  walked?: DumpResult[]
  symbolPlaces?: string[]
  memoryReport?: RuleInput['memoryReport']
  files?: RuleInput['files']
  duplicateOf?: string
  findBuild?: RuleInput['findBuild']
}

const crashId = '5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021'
const signatureConfig = openSignatureConfigs()
const submitted = '2012-05-08T23:26:33.454482+00:00'

export function inputOf(given: Given, preset: Preset = 'mozilla'): RuleInput {
  const walked =
    given.walked ??
    (given.dump
      ? [{ name: mainDumpName, dump: given.dump, stackKey: '00112233445566ff', status: 'OK', error: null }]
      : [])
  const raw = {
    submitted_timestamp: submitted,
    metadata: {},
    uuid: crashId,
    version: 2 as const,
    ...given.raw,
  }
  return {
    crashId,
    raw: cleanAnnotations<RawCrash>(raw),
    files: given.files ?? [],
    walked,
    symbolPlaces: given.symbolPlaces ?? [],
    memoryReport: given.memoryReport ?? null,
    duplicateOf: given.duplicateOf ?? null,
    findBuild: given.findBuild ?? null,
    signatureConfig: signatureConfig[preset],
    now: new Date('2026-10-21T12:00:00Z'),
  }
}

/** Runs all rules of a preset; returns notes as a list. */
export function runPreset(preset: Preset, given: Given) {
  const { crash, failed } = runRules(rulesets[preset], inputOf(given, preset), { version: 'test' })
  return { crash, failed, notes: String(crash.processor_notes).split('\n') }
}

/** Runs one rule on given fields; returns its result and its notes. */
export function runRule(name: string, given: Given, draft: PartialCrash = {}) {
  const rule = rulesets.mozilla.find((candidate) => candidate.name === name)
  if (!rule) throw new Error(`No rule is called ${name}`)
  const notes: string[] = []
  const added = rule.run(inputOf(given), draft, (text) => notes.push(text)) ?? {}
  return { added, notes }
}
