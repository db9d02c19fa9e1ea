// Rules for grouping.
import { describe, expect, test } from 'vitest'
import { fieldByName } from '../../../../shared/fields/fields.ts'
import { crashDataFrom } from '../../../../shared/signature/crash-data.ts'
import { runPreset, runRule } from '../../support/rule-input.ts'

describe('grouping', () => {
  test('signature, proto signature and stack key of a plain stack', () => {
    const frames = [
      { frame: 0, function: 'crash()', module: 'app', module_offset: '0x10', trust: 'context' },
      { frame: 1, function: 'main', module: 'app', module_offset: '0x20', trust: 'cfi' },
    ]
    const dump = {
      crash_info: { crashing_thread: 0, type: 'SIGSEGV' },
      threads: [{ frames }],
      system_info: { os: 'Linux' },
    }
    const { crash } = runPreset('default', { dump })
    expect(crash).toMatchObject({
      signature: 'crash',
      proto_signature: 'crash | main',
      stack_key: '00112233445566ff',
      signature_steps: [
        { rule: 'SignatureGenerationRule', what: 'selected crash and stopped: it is in no list' },
        {
          rule: 'SignatureGenerationRule',
          what: 'joined the selected frames: the signature became "crash"',
        },
      ],
    })
    expect(crash.signature_version).toMatch(/^default-[0-9a-f]{8}$/)
    expect(crash.signature_debug).toContain('change signature: "" -> "crash"')
  })

  test('rules and lists of one family apply only to products of its preset', () => {
    const dump = {
      crash_info: { crashing_thread: 0 },
      threads: [{ frames: [{ function: 'NS_DebugBreak' }, { function: 'f' }] }],
    }
    const raw = { AbortMessage: '###!!! ABORT: oh: file x' }
    expect(runPreset('mozilla', { dump, raw }).crash.signature).toBe('Abort | oh | NS_DebugBreak | f')
    const { crash } = runPreset('default', { dump, raw })
    expect(crash.signature).toBe('NS_DebugBreak')
    expect(JSON.stringify(crash.signature_steps)).not.toContain('oh')
  })

  test.each<[Record<string, unknown>, string]>([
    [{ OOMAllocationSize: '18446744073709551615' }, 'OOM | large | crash'],
    [{ OOMAllocationSize: '9'.repeat(60) }, 'OOM | large | crash'],
    [{ OOMAllocationSize: '5' }, 'OOM | small'],
    [{ JavaException: '{"exception":null}' }, 'crash'],
    [{ JavaException: { exception: { values: [1] } } }, 'crash'],
    [
      {
        JavaException: {
          exception: { values: [{ stacktrace: { type: 'E', frames: [{ module: 'a.B' }] } }] },
        },
      },
      'E: at a.B',
    ],
  ])('%j beside a native stack is %s', (raw, expected) => {
    const dump = { crash_info: { crashing_thread: 0 }, threads: [{ frames: [{ function: 'crash' }] }] }
    const { crash } = runPreset('mozilla', { dump, raw })
    expect(crash.signature).toBe(expected)
  })

  test('steps are short and few for any stack', () => {
    const frames = Array.from({ length: 100 }, (_, i) => ({
      function: `std::__${'\u{1F600}x'.repeat(20_000)}${i}`,
    }))
    const dump = { crash_info: { crashing_thread: 0 }, threads: [{ frames }] }
    const { crash } = runPreset('mozilla', {
      dump,
      raw: { AbortMessage: 'a'.repeat(100_000), Hang: 'h'.repeat(1e5) },
    })
    expect(crash.signature).toHaveLength(255)
    expect(JSON.stringify(crash.signature_steps).length).toBeLessThan(60_000)
    expect(String(crash.signature_debug).length).toBeLessThanOrEqual(32_768)
    expect(JSON.stringify(crash.signature_steps).isWellFormed()).toBe(true)
  })

  test('signature, notes and steps are made from public fields only', () => {
    const JavaException = JSON.stringify({
      exception: {
        values: [
          {
            stacktrace: {
              cause: { value: 'secret' },
              type: 'T',
              value: 'secret',
              frames: [{ context: ['secret'], module: 'm' }],
            },
          },
        ],
      },
    })
    const { crash, notes } = runPreset('mozilla', { raw: { JavaException } })
    expect(crash.signature).toBe('T: at m')
    expect(JSON.stringify([crash.signature_steps, crash.signature_debug, notes])).not.toContain('secret')

    const read = new Set<string>()
    const watched = new Proxy({ json_dump: {} } as Record<string, unknown>, {
      get(target, name) {
        read.add(String(name))
        return target[String(name)]
      },
      has(_target, name) {
        read.add(String(name))
        return true
      },
    })
    crashDataFrom(watched)
    expect(read.size).toBeGreaterThan(10)
    expect([...read].filter((name) => fieldByName(name)?.access !== 'public')).toEqual([])
  })

  test('a shutdown hang gets its main thread, and its crashing thread again once it is no longer one', () => {
    const dump = { crash_info: { crashing_thread: 40 } }
    const turn = (signature: string, crashing_thread: number) =>
      runRule('shutdown-hang-thread', {}, { signature, crashing_thread, json_dump: dump }).added
    expect(turn('shutdownhang | x', 40)).toEqual({ crashing_thread: 0 })
    expect(turn('x', 0)).toEqual({ crashing_thread: 40 })
  })

  test('weight and throttling come from the collector; invalid weights count as 1', () => {
    const weightOf = (weight: unknown) =>
      runRule('collector-metadata', { raw: { metadata: { throttle: { weight } } } }).added.weight
    expect([10, 0, Number.NaN, 'x', undefined].map(weightOf)).toEqual([10, 1, 1, 1, 1])
  })
})
