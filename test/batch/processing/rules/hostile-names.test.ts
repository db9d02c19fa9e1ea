// Names such as `constructor` and `__proto__` as annotations: each is kept, none reaches what objects inherit.
import { describe, expect, test } from 'vitest'
import { crashesTable, protectedTable } from '../../../../batch/lake/tables.ts'
import { withProduct } from '../../../../batch/processing/rules/product.ts'
import { cleanAnnotations } from '../../../../batch/processing/rules/report.ts'
import { rulesets } from '../../../../batch/processing/rules/rulesets.ts'
import type { Preset } from '../../../../batch/products/products.ts'
import type { RawCrash } from '../../../../shared/crash.ts'
import { annotations } from '../../../../shared/fields/fields.ts'
import { publicView } from '../../../../shared/fields/public-view.ts'
import { hostileNames, hostileObject, leakedCode } from '../../../contract/hostile-names.ts'
import { runPreset } from '../../support/rule-input.ts'

/** What the collector says stays; everything else is what a client sent. */
const known = annotations
  .map(({ name }) => name)
  .filter((name) => !['metadata', 'submitted_timestamp', 'uuid', 'version'].includes(name))

describe.each(Object.keys(rulesets) as Preset[])('rules of %s', (preset) => {
  test.each(hostileNames)('take %s as the value of every annotation', (value) => {
    const { crash, failed } = runPreset(preset, {
      raw: Object.fromEntries(known.map((name) => [name, value])),
    })
    expect(failed).toEqual([])
    expect(JSON.stringify(crash)).not.toMatch(leakedCode)
    expect(JSON.stringify(publicView(crash))).not.toMatch(leakedCode)
    expect(crash.cpu_arch).toBe(value)
  })

  test('take an object that has no text as the value of every annotation', () => {
    const { crash, failed } = runPreset(preset, {
      raw: Object.fromEntries(known.map((name) => [name, hostileObject()])),
    })
    expect(failed).toEqual([])
    expect(JSON.stringify(crash)).not.toMatch(leakedCode)
  })
})

describe('annotations of such names', () => {
  const raw = cleanAnnotations({ ...hostileObject(), ProductName: hostileObject() }) as RawCrash

  test('stay own properties of the raw crash, whose prototype stays what it is', () => {
    expect(Object.keys(raw)).toEqual([...hostileNames, 'ProductName'])
    expect(Object.getPrototypeOf(raw)).toBe(Object.prototype)
    expect(raw).not.toHaveProperty('polluted')
    expect(Object.keys(withProduct(raw))).toEqual(Object.keys(raw))
  })

  test('are in the column of unknown annotations, and nowhere else', () => {
    const { crash, failed } = runPreset('default', { raw: { ...raw } })
    expect(failed).toEqual([])
    const [row] = protectedTable.rowsOf(crash, raw)
    expect(JSON.parse(String(row!.annotations))).toEqual(hostileObject())
    expect(JSON.stringify(crashesTable.rowsOf(crash, raw))).not.toMatch(leakedCode)
  })
})
