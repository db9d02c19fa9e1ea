// Reads processed crashes for display: complete ones, and any JSON.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameText } from '../../../../dashboard/model/report/frame-text.ts'
import { detailRows } from '../../../../dashboard/model/report/crash-details.ts'
import { viewCrash } from '../../../../dashboard/model/report/crash-view.ts'
import type { PartialCrash } from '../../../../shared/crash.ts'
import { fields } from '../../../../shared/fields/fields.ts'
import { readProcessedCrash } from '../../../../shared/fields/public-view.ts'
import { sampleReport } from '../../../support/sample-report.ts'

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('viewCrash', () => {
  const view = viewCrash(readProcessedCrash(sampleReport(id)))

  test('puts inlined calls before their frame, with its number', () => {
    const rows = view.crashingThread!.frames.slice(0, 4)
    expect(rows.map(({ frame, trust, line }) => [frame, trust, line])).toEqual([
      [0, 'inlined', 205],
      [0, 'inlined', 61],
      [0, 'context', 418],
      [1, 'cfi', 1203],
    ])
  })

  test('separates the crashing thread from the others', () => {
    expect(view.crashingThread).toMatchObject({ index: 1, thread_name: 'Compositor', frame_count: 119 })
    expect(view.otherThreads.map(({ index }) => index)).toEqual([0, 2, 3, 4, 5, 6, 7])
  })

  test('falls back to the list of threads without a copy of the crashing one', () => {
    const crash = sampleReport(id)
    delete (crash.json_dump as Record<string, unknown>).crashing_thread
    expect(viewCrash(readProcessedCrash(crash)).crashingThread?.index).toBe(1)
  })

  test('marks omitted frames, missing symbols and modules of the stack', () => {
    expect(view.crashingThread!.frames.at(-1)!.truncated).toEqual({ msg: '112 frames truncated' })
    const symbols = view.modules
      .slice(0, 5)
      .map((module) => [module.filename, module.symbols, module.inStack])
    expect(symbols).toEqual([
      ['lumen', 'loaded', true],
      ['liblumen.so', 'loaded', true],
      ['libgallium-25.so', 'missing', true],
      ['libc.so.6', 'missing', true],
      ['libbroken.so', 'corrupt', false],
    ])
    expect(view.addressNote).toBe('near a null pointer, offset 0x10')
  })

  test('accepts any JSON', () => {
    const keys = fc.constantFrom(
      'json_dump',
      'threads',
      'frames',
      'modules',
      'crash_info',
      'inlines',
      'trust',
      'x',
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, -1, NaN, 'text', ''),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(keys, tree), (crash) => {
        const read = readProcessedCrash(crash)
        const { otherThreads, modules } = viewCrash(read)
        for (const { frames } of otherThreads) for (const frame of frames) frameText(frame)
        expect(modules.map(({ filename }) => typeof filename)).toEqual(modules.map(() => 'string'))
        expect(detailRows(read)).toEqual([])
      }),
    )
  })
})

describe('detailRows', () => {
  test('shows the labels of fields, and numbers with their units', () => {
    const rows = new Map(
      detailRows(readProcessedCrash(sampleReport(id))).map(({ title, text }) => [title, text]),
    )
    expect(rows.get('Uptime')).toBe('3,725 seconds (1 hour, 2 minutes and 5 seconds)')
    expect(rows.get('Total physical memory')).toBe('34,263,465,984 bytes (31.9 GiB)')
    expect(rows.get('Received')).toBe('22 Nov 2026, 09:41 UTC')
    expect(rows.get('Memory in use')).toBe('75 %')
    expect(rows.has('Abort message')).toBe(false)
    expect(rows.has('Start-up crash')).toBe(false)
  })

  test('each row shows a field of the catalog with its unit', () => {
    const crashOf = (value: unknown) =>
      Object.fromEntries(fields.map(({ name }) => [name, value])) as PartialCrash
    const rows = detailRows(crashOf(61))
    const titles = `
      Product, Version, Channel, Build ID, Vendor, Process type, Report type, Received, Crash time,
      Uptime, Since last crash, Install time, Install age, Start-up crash, Collecting garbage, Operating
      system, Platform, Platform version, Architecture, CPU, CPU count, CPU microcode, Reason, Address,
      Stack key, Last error, Abort message, Assertion, macOS crash info, Inconsistencies, Bit-flip confidence, Java
      stack, Failed allocation, Available page file, Available physical memory, Available virtual memory,
      Total page file, Total physical memory, Total virtual memory, Memory in use, Graphics vendor,
      Graphics device, Graphics driver, Manufacturer, Device model, Android version, Android ABI, App
      notes, Threads, Stack walker, Processed, Dumps
      dropped`
    expect(rows.map(({ title }) => title)).toEqual(titles.trim().replaceAll(/\s+/g, ' ').split(', '))
    const withUnit = Object.groupBy(rows, ({ text }) => text.replace(/^61 ?/, ''))
    expect(Object.entries(withUnit).map(([unit, some]) => [unit, some!.length])).toEqual([
      ['', 38],
      ['1 Jan 1970, 00:01 UTC', 2],
      ['seconds (1 minute and 1 second)', 3],
      ['%', 2],
      ['bytes', 7],
    ])
    const code = ['Build ID', 'CPU microcode', 'Address', 'Stack key', 'Last error', 'Java stack']
    expect(rows.filter((row) => row.code).map(({ title }) => title)).toEqual([
      ...code,
      'Graphics vendor',
      'Graphics device',
      'Graphics driver',
    ])
    const times = detailRows(crashOf('2026-01-02T03:04:05Z')).filter(({ text }) => text.endsWith(' UTC'))
    expect(times.map(({ title }) => title)).toEqual(['Received', 'Processed', 'Dumps dropped'])
  })

  test('shows only values of the shape of their field', () => {
    const stored = {
      uptime: '61',
      cpu_count: 4,
      startup_crash: true,
      hang: 1,
      reason: '',
      crash_inconsistencies: ['a', 'b'],
    }
    expect(detailRows(readProcessedCrash(stored))).toEqual([
      { title: 'Start-up crash', text: 'yes', code: false, href: '/search/?startup_crash=true', time: null },
      { title: 'CPU count', text: '4', code: false, href: '/search/?cpu_count=4', time: null },
      { title: 'Inconsistencies', text: 'a, b', code: false, href: null, time: null },
    ])
  })
})
