// The types derived from the catalog: `tsc -p test` fails where an expected error does not occur.
import { expect, test } from 'vitest'
import { rule, annotationText } from '../../../batch/processing/rules/rule.ts'
import type { PartialCrash, ProcessedCrash, RawCrash } from '../../../shared/crash.ts'
import { crashDataFrom } from '../../../shared/signature/crash-data.ts'
import { generateSignature } from '../../../shared/signature/signature.ts'

test('a crash accepts fields of the catalog with values of their shapes', () => {
  const crash: ProcessedCrash = {
    crash_id: 'de1bb258-cbbf-4589-a673-34f800160918',
    signature: 'f',
    crashing_thread: 1,
    json_dump: { threads: [{ frames: [{ function: 'f', line: null }] }] },
    upload_file_minidump_gpu: { json_dump: { pid: 2 } },
  }
  const wrong: PartialCrash[] = [
    // @ts-expect-error no field has this name
    { crashing_tread: 1 },
    // @ts-expect-error a number
    { crashing_thread: '1' },
    // @ts-expect-error no frame has this key
    { json_dump: { threads: [{ frames: [{ functon: 'f' }] }] } },
    // @ts-expect-error a minidump, not its output
    { upload_file_minidump_gpu: { pid: 2 } },
    // @ts-expect-error fields that are not minidumps need a row in the catalog
    { upload_file: {} },
  ]
  // @ts-expect-error every crash has a signature
  const unsigned: ProcessedCrash = { crash_id: crash.crash_id }
  expect(Object.keys(crash.json_dump ?? {})).toEqual(['threads'])
  expect([wrong.length, unsigned.signature]).toEqual([5, undefined])
  // @ts-expect-error no field has this name
  expect(crash.reson).toBeUndefined()
})

test('a rule returns only fields of the catalog, and reads only known annotations', () => {
  const good = rule({
    name: 'good',
    version: 1,
    run: (input) => ({ vendor: annotationText(input, 'Vendor') }),
  })
  const wrong = [
    // @ts-expect-error no field has this name
    rule({ name: 'a', version: 1, run: () => ({ vendr: 'v' }) }),
    // @ts-expect-error a text
    rule({ name: 'b', version: 1, run: () => ({ vendor: 1 }) }),
    // @ts-expect-error one of the results has an unknown field
    rule({ name: 'c', version: 1, run: (_, draft) => (draft.vendor ? null : { vendor: '', vendr: '' }) }),
    // @ts-expect-error no annotation has this name
    rule({ name: 'd', version: 1, run: (input) => ({ vendor: annotationText(input, 'Vendr') }) }),
  ]
  expect([good, ...wrong].map(({ name }) => name)).toEqual(['good', 'a', 'b', 'c', 'd'])
})

test('crash data for signatures has known keys only', () => {
  const data = crashDataFrom({ hang: 'ui' })
  expect(generateSignature({ ...data, reason: null }).signature).toContain('hang: ui')
  // @ts-expect-error no rule reads a key of this name
  expect(generateSignature({ reson: 'x' }).notes).toHaveLength(1)
  // @ts-expect-error no field has this name
  expect(crashDataFrom({ hung: 'ui' }).hang).toBeNull()
})

test('a raw crash has known annotations of unknown values', () => {
  const readVersion = (raw: RawCrash) => raw.Version
  // @ts-expect-error no annotation has this name
  const readVersoin = (raw: RawCrash) => raw.Versoin
  // @ts-expect-error the client may have sent any JSON
  const readText = (raw: RawCrash): string => raw.Version
  expect([readVersion, readVersoin, readText]).toHaveLength(3)
})
