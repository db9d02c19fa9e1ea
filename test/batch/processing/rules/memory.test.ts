// Rules for memory reports, and how rules run: every measure, form and note.
import { describe, expect, test } from 'vitest'
import { memoryMeasures } from '../../../../batch/processing/rules/memory.ts'
import { rule } from '../../../../batch/processing/rules/rule.ts'
import { runRules } from '../../../../batch/processing/rules/run-rules.ts'
import type { PartialCrash } from '../../../../shared/crash.ts'
import { inputOf, runRule } from '../../support/rule-input.ts'

describe('a memory report', () => {
  const none = {
    ...{ gfx_textures: 0, ghost_windows: 0, heap_allocated: 0, host_object_urls: 0, private: 0, resident: 0 },
    ...{ resident_unique: 0, system_heap_allocated: 0, vsize: 0, vsize_max_contiguous: 0, explicit: 0 },
    ...{ heap_overhead: 0, heap_unclassified: 0, images: 0, js_main_runtime: 0, top_none_detached: 0 },
  }
  const [nonHeap, heap] = [0, 1]
  const measure = (path: string, amount: number, more: object = {}) => ({
    ...{ process: 'Main (pid 7)', path, kind: heap, units: 0, amount },
    ...more,
  })
  const measures = (...reports: object[]) => memoryMeasures({ reports }, 7)

  test.each<[string, object[], object | null]>([
    ['without measures of the process', [measure('vsize', 1, { process: 'Main (pid 77)' })], null],
    ['with an unknown path', [measure('other', 1)], {}],
    ['with plain measures, which are summed', [measure('vsize', 1), measure('vsize', 2)], { vsize: 3 }],
    ['with a dash in the path', [measure('vsize-max-contiguous', 4)], { vsize_max_contiguous: 4 }],
    [
      'with the runtime of JavaScript',
      [measure('js-main-runtime/a', 1), measure('js-main-runtime/b', 2), measure('js-main-runtimes', 9)],
      { js_main_runtime: 3 },
    ],
    [
      'with explicit measures',
      [
        measure('heap-allocated', 100),
        measure('explicit/a', 10),
        measure('explicit/b', 5, { kind: nonHeap }),
        measure('explicit/images/x', 1),
        measure('explicit/window-objects/top(none)/detached/x', 2),
        measure('explicit/heap-overhead/x', 4),
      ],
      {
        ...{ heap_allocated: 100, heap_unclassified: 100 - 17, explicit: 105 },
        ...{ images: 1, top_none_detached: 2, heap_overhead: 4 },
      },
    ],
    ['with an explicit measure of another unit', [measure('explicit/a', 1, { units: 1 })], null],
    ['with an explicit measure of another kind', [measure('explicit/a', 1, { kind: 2 })], null],
  ])('%s', (_, reports, expected) => {
    expect(measures(...reports)).toEqual(expected && { ...none, ...expected })
  })

  const complete = { version: 1, hasMozMallocUsableSize: true, reports: [measure('vsize', 1)] }
  test.each<[string, unknown, number | undefined, boolean]>([
    ['complete', complete, 7, true],
    ['of another process', complete, 8, false],
    ['of an unknown process', complete, undefined, false],
    ['that is text', 'x', 7, false],
    ['that is absent', undefined, 7, false],
    ['without a version', { ...complete, version: undefined, v: 1 }, 7, true],
    ['without reports', { ...complete, reports: {} }, 7, false],
    ['with a report of nothing', { ...complete, reports: [null] }, 7, false],
    ...['process', 'path', 'amount'].map((name): [string, unknown, number, boolean] => [
      `without ${name}`,
      { ...complete, reports: [measure('vsize', 1, { [name]: undefined })] },
      ...([7, false] as const),
    ]),
  ])('%s has measures: %s', (_, memory_report, pid, isMeasured) => {
    const draft = { json_dump: { ...(pid && { pid }) }, memory_report } as never
    const { added } = runRule('memory-measures', {}, draft)
    expect(added).toEqual(isMeasured ? { memory_measures: { ...none, vsize: 1 } } : {})
  })

  test.each(['version', 'hasMozMallocUsableSize'])('without %s has none', (name) => {
    const { [name as 'version']: _, ...rest } = complete
    expect(
      runRule('memory-measures', {}, { json_dump: { pid: 7 }, memory_report: rest } as never).added,
    ).toEqual({})
  })

  test('that cannot be read is an error of the crash', () => {
    expect(runRule('memory-report', { memoryReport: { error: 'why' } as never })).toEqual({
      ...{ added: { memory_report_error: 'why' }, notes: ['memory-report: not readable'] },
    })
    expect(runRule('memory-report', { memoryReport: { report: complete } as never })).toEqual({
      ...{ added: { memory_report: complete }, notes: [] },
    })
    expect(runRule('memory-report', {}).added).toEqual({})
  })
})

describe('a run of rules', () => {
  const noted = (name: string, act: () => PartialCrash | null) =>
    rule({
      name,
      version: 1,
      run(_input, _draft, note) {
        note(`${name} ran`)
        return act()
      },
    })
  const run = (rules: Parameters<typeof runRules>[0], more: object = {}) => {
    let ms = 0
    return runRules(rules, inputOf({}), {
      ...{ version: 'v', now: () => new Date('2026-10-21T12:00:01Z'), clock: () => (ms += 5) },
      ...more,
    })
  }

  test('joins their fields, notes and times', () => {
    const rules = [noted('a', () => ({ product: 'P' })), noted('b', () => null)]
    const { crash, failed, timings } = run(rules)
    expect([failed, timings]).toEqual([[], { a: 5, b: 5 }])
    expect(crash).toEqual({
      ...{
        crash_id: crash.crash_id,
        signature: 'EMPTY: crash failed to process',
        product: 'P',
        success: true,
      },
      ...{ processor_version: 'v', processor_notes: 'a ran\nb ran' },
      started_datetime: '2026-10-21T12:00:00.000+00:00',
      completed_datetime: '2026-10-21T12:00:01.000+00:00',
    })
  })

  test('continues after a failure, which is a note without its message', () => {
    const fail = (error: unknown) => () => {
      throw error
    }
    const { crash, failed } = run([noted('a', fail(new TypeError('secret'))), noted('b', fail('secret'))])
    expect([failed, crash.success]).toEqual([['a', 'b'], false])
    expect(crash.processor_notes).toBe("a ran\nrule 'a' failed: TypeError\nb ran\nrule 'b' failed: string")
  })

  test('with notes of its own is not a success', () => {
    const { crash } = run([], { notes: ['first'], draft: { signature: 's' } })
    expect([crash.processor_notes, crash.success, crash.signature]).toEqual(['first', false, 's'])
  })
})
