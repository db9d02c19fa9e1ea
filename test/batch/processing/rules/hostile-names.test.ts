// Annotations with names such as `constructor` and `__proto__`: each is kept, and none affects inherited properties.
import { describe, expect, test } from 'vitest'
import { crashesTable, protectedTable } from '../../../../batch/lake/tables.ts'
import { withProduct } from '../../../../batch/processing/rules/product.ts'
import { cleanAnnotations } from '../../../../batch/processing/rules/report.ts'
import { rulesets } from '../../../../batch/processing/rules/rulesets.ts'
import type { Preset } from '../../../../batch/products/product-file.ts'
import type { RawCrash } from '../../../../shared/crash.ts'
import { annotations } from '../../../../shared/fields/fields.ts'
import { publicView } from '../../../../shared/fields/public-view.ts'
import { hostileNames, hostileObject, leakedCode } from '../../../contract/hostile-names.ts'
import { runPreset } from '../../support/rule-input.ts'

/** Fields of the collector do not change; everything else comes from the client. */
const known = annotations
  .map(({ name }) => name)
  .filter((name) => !['metadata', 'submitted_timestamp', 'uuid', 'version'].includes(name))

describe.each(Object.keys(rulesets) as Preset[])('rules of %s', (preset) => {
  test.each(hostileNames)('accept %s as the value of every annotation', (value) => {
    const { crash, failed } = runPreset(preset, {
      raw: Object.fromEntries(known.map((name) => [name, value])),
    })
    expect(failed).toEqual([])
    expect(JSON.stringify(crash)).not.toMatch(leakedCode)
    expect(JSON.stringify(publicView(crash))).not.toMatch(leakedCode)
    expect(crash.cpu_arch).toBe(value)
  })

  test('accept an object without a text form as the value of every annotation', () => {
    const { crash, failed } = runPreset(preset, {
      raw: Object.fromEntries(known.map((name) => [name, hostileObject()])),
    })
    expect(failed).toEqual([])
    expect(JSON.stringify(crash)).not.toMatch(leakedCode)
  })
})

describe('annotations with such names', () => {
  const raw = cleanAnnotations({ ...hostileObject(), ProductName: hostileObject() }) as RawCrash

  test('remain own properties of the raw crash, whose prototype does not change', () => {
    expect(Object.keys(raw)).toEqual([...hostileNames, 'ProductName'])
    expect(Object.getPrototypeOf(raw)).toBe(Object.prototype)
    expect(raw).not.toHaveProperty('polluted')
    expect(Object.keys(withProduct(raw))).toEqual(Object.keys(raw))
  })

  test('are in the column of unknown annotations and nowhere else', () => {
    const { crash, failed } = runPreset('default', { raw: { ...raw } })
    expect(failed).toEqual([])
    const [row] = protectedTable.rowsOf(crash, raw)
    expect(JSON.parse(String(row!.annotations))).toEqual(hostileObject())
    expect(JSON.stringify(crashesTable.rowsOf(crash, raw))).not.toMatch(leakedCode)
  })
})
