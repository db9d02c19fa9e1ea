// What processing reads from a report, and how a regroup compares: every case of names, annotations and notes.
import { describe, expect, test } from 'vitest'
import { bareRawCrash } from '../../../batch/processing/bare-crash.ts'
import {
  decodeProcessedCrash,
  encodeProcessedCrash,
  isSoundDocument,
  processedCrashOptions,
} from '../../../batch/processing/processed-crash.ts'
import { compareGrouping, regroup } from '../../../batch/processing/regroup.ts'
import { inputOf } from '../../../batch/processing/report-input.ts'
import { openSignatureConfigs, withCompat } from '../../../batch/processing/signature-config.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import type { ProcessedCrash, StoredReport } from '../../../shared/crash.ts'
import { fixtureDump } from '../../support/stored-reports.ts'

const crashId = '00000000-0000-8000-8000-000000261021'
const raw = bareRawCrash(crashId)
const minidump = fixtureDump('cpp-basics-O2-trap')
const report = (dumps: object[], more: object = {}) =>
  ({ rawCrash: { ...raw, ...more }, dumps }) as unknown as StoredReport

describe('the minidumps of a report', () => {
  const dump = (name: string, bytes: Uint8Array = minidump) => ({ name, bytes })
  const other = 'the minidump is in a file with a name other than upload_file_minidump'
  test.each([
    [
      'the main one first',
      ['upload_file_minidump_browser', 'upload_file_minidump'],
      ['upload_file_minidump', 'upload_file_minidump_browser'],
      [],
    ],
    ['one with another name', ['log', 'dump'], ['upload_file_minidump'], [other]],
    ['none', [], [], []],
  ])('%s', (_, names, expected, expectedNotes) => {
    const notes: string[] = []
    const { minidumps } = inputOf(
      report(names.map((name) => dump(name, name === 'log' ? new Uint8Array(9) : minidump))),
      notes,
    )
    expect(minidumps.map(({ name }) => name)).toEqual(expected)
    expect(notes).toEqual(expectedNotes)
    for (const one of minidumps) expect(one.bytes).toBe(minidump)
  })

  test('that cannot be read add nothing', () => {
    const found = inputOf(report([dump('upload_file_minidump', new Uint8Array([1, 2]))], { a: 'b\0' }))
    expect(found.raw).toMatchObject({ ...raw, a: 'b' })
  })
})

test('of a report that is lost, the ID and the day are known', () => {
  expect(raw).toEqual({
    uuid: crashId,
    submitted_timestamp: '2026-10-21T00:00:00+00:00',
    version: 2,
    metadata: {
      ...{ payload: 'multipart', payload_compressed: '0', payload_size: 0, collector_notes: [] },
      ...{ dump_checksums: {}, user_agent: '', throttle_rule: '' },
      throttle: { rule: '', percent: 100, weight: 1 },
    },
  })
})

describe('a processed crash in the store', () => {
  const crash = { crash_id: crashId, signature: 's' } as ProcessedCrash
  const encode = (text: string) => nodeCodecs.compressZstd(new TextEncoder().encode(text))

  test('is read unchanged', () => {
    expect(decodeProcessedCrash(encodeProcessedCrash(crash))).toEqual(crash)
  })

  const incomplete = 'The processed crash has no ID or no signature: process it again'
  test.each([
    ['{', 'The processed crash is not JSON: process it again'],
    ['{}', incomplete],
    [`{"crash_id":"${crashId}"}`, incomplete],
    ['{"signature":"s"}', incomplete],
  ])('%s is refused', (text, message) => {
    expect(() => decodeProcessedCrash(encode(text))).toThrow(
      expect.objectContaining({ code: 'bad-report', message }),
    )
    expect(isSoundDocument(encode(text))).toBe(false)
  })

  test.each([
    [undefined, true],
    ['other', true],
    ['a\nthe stored report is unreadable', false],
  ])('with the notes %j is sound: %s', (processor_notes, expected) => {
    expect(
      isSoundDocument(encodeProcessedCrash({ ...crash, ...(processor_notes && { processor_notes }) })),
    ).toBe(expected)
  })

  test('has its product as metadata', () => {
    expect(processedCrashOptions('Tern')).toEqual({
      ...{ contentType: 'application/json', contentEncoding: 'zstd', metadata: { product: 'Tern' } },
    })
  })
})

describe('signature lists', () => {
  const configs = openSignatureConfigs()
  test('are those of the preset', () => {
    const of = ({ presets, compat, version, lists }: (typeof configs)['default']) => [
      ...[presets, compat, version.replace(lists.version, '…')],
    ]
    expect(of(configs.default)).toEqual([[], 'mayday', 'default-…'])
    expect(of(configs.mozilla)).toEqual([['mozilla'], 'socorro', 'mozilla-…'])
  })

  test('have another version for products of another kind', () => {
    expect(withCompat(configs.default, 'mayday')).toBe(configs.default)
    const other = withCompat(configs.default, 'socorro')
    expect(other).toEqual({
      ...configs.default,
      compat: 'socorro',
      version: `${configs.default.version}-socorro`,
    })
  })
})

describe('a regroup', () => {
  const signatureConfig = openSignatureConfigs().default
  const again = (old: Partial<ProcessedCrash>) =>
    regroup({ crash_id: crashId, signature: 'old', ...old } as ProcessedCrash, {
      ...{ preset: 'default', signatureConfig, raw },
    })
  const own = 'SignatureGenerationRule: CSignatureTool: no frame data for crashing thread (0)'

  test('replaces notes of the signature alone, and keeps the old ones as history', () => {
    const notes = [
      'other: kept',
      "rule 'signature' failed: Error",
      "rule 'stackwalk' failed: Error",
      'SigTruncate: long',
      'NoRule: kept',
      '',
    ].join('\n')
    const crash = again({ processor_notes: notes, processor_history: ['first'] })
    expect(crash.processor_notes).toBe(`other: kept\nrule 'stackwalk' failed: Error\nNoRule: kept\n${own}`)
    expect(crash.processor_history).toEqual([notes, 'first'])
  })

  test('without new notes has no history', () => {
    const crash = again({ processor_notes: `other: kept\n${own}` })
    expect([crash.processor_notes, crash.processor_history]).toEqual([`other: kept\n${own}`, undefined])
  })

  test.each([
    [true, true],
    [undefined, true],
    [false, false],
  ])('of a crash with success %j has success %j', (success, expected) => {
    expect(again({ ...(success !== undefined && { success }) }).success).toBe(expected)
  })

  test('keeps version and ID, and makes a signature', () => {
    expect(again({ processor_version: 'v' })).toMatchObject({
      ...{ crash_id: crashId, processor_version: 'v', signature: 'EMPTY: no frame data available' },
      signature_version: signatureConfig.version,
    })
    expect(again({}).processor_version).toBe('')
  })

  const base = {
    crash_id: crashId,
    signature: 'a',
    proto_signature: 'p',
    crashing_thread: 0,
    signature_steps: [],
  }
  test.each<[object, boolean]>([
    [{}, false],
    [{ signature_version: 'other' }, false],
    [{ signature: 'b' }, true],
    [{ proto_signature: 'q' }, true],
    [{ crashing_thread: 1 }, true],
    [{ signature_steps: [1] }, true],
  ])('that gives %j changes the crash: %s', (more, changed) => {
    const crash = { ...base, ...more } as unknown as ProcessedCrash
    expect(compareGrouping(base as unknown as ProcessedCrash, crash)).toEqual({
      ...{ crashId, from: 'a', to: crash.signature, changed },
    })
  })
})
