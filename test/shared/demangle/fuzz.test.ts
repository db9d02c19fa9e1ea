// Mutated and hostile names: a text within bounds, or none, in bounded time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demangle } from '../../../shared/demangle/demangle.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

const seeds = readFileSync(join(import.meta.dirname, 'names.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^[_?$]/.test(line))
const maxText = 65_536

describe('demangle', () => {
  test('bears mutated names of every language', () => {
    const random = createRandom(11)
    const encoder = new TextEncoder()
    const decoder = new TextDecoder('latin1')
    let found = 0
    for (const seed of seeds) {
      const bytes = encoder.encode(seed)
      for (let i = 0; i < 200; i++) {
        const mutated = decoder
          .decode(mutate(bytes, random))
          .slice(0, 9000)
          .replace(/[^!-~]/g, '_')
        const text = demangle(seed.slice(0, 3) + mutated.slice(3))?.text
        if (text === undefined) continue
        found++
        expect(text.length).toBeLessThanOrEqual(2 * maxText)
        expect(text).not.toContain('\0')
      }
    }
    expect(found).toBeGreaterThan(1000)
  })

  const back = (i: number) => (i === 0 ? 'S_' : `S${(i - 1).toString(36).toUpperCase()}_`)
  test.each([
    ['pointers', `_Z1f${'P'.repeat(8000)}i`],
    ['templates in templates', `_Z1f${'1aI'.repeat(2500)}`],
    [
      'types that double',
      `_Z1f1aI${Array.from({ length: 30 }, (_, i) => `1bI${back(i)}${back(i)}E`).join('')}E`,
    ],
    ['arguments that double', `_Z1fI${'1aIT_T_E'.repeat(900)}EvT_`],
    ['packs in packs', `_Z1fIJ${'i'.repeat(2000)}EJ${'j'.repeat(2000)}EEv${'1pIDpT_DpT0_E'.repeat(200)}`],
    ['local functions', `_Z${'Z1fv'.repeat(1500)}`],
    ['conversions in conversions', `_ZN1A${'cv'.repeat(3000)}T_IiEEv`],
    ['negations', `_Z1fILi1EEv1aIX${'nt'.repeat(3900)}Li1EEE`],
    ['scopes of Microsoft', `?a@${'?$b@'.repeat(1900)}`],
    ['pointers of Microsoft', `?a@@YAX${'PEA'.repeat(2600)}H@Z`],
    ['arrays of Microsoft', '?a@@3PAY2PPPPPPP@PPPPPPP@HA'],
    ['back references of Microsoft', `?a@@YAX${'V?$b@H@@'.repeat(10)}${'012345678'.repeat(800)}@Z`],
    ['back references of Rust', '_RNvB_3app'],
    ['tuples that double in Rust', `_RINvC1a1f${'TB5_B5_E'.repeat(900)}E`],
    ['nested types of Rust', `_RINvC1a1f${'R'.repeat(8000)}hE`],
    ['lifetimes of Rust', `_RINvC1a1fFGzzzz_EuE`],
    ['repeats of Swift', `$s4main1a${'A2000B'.repeat(1000)}F`],
    ['parameters of Swift', `$s4main1fyyxlr${'zzzzzzzz_'.repeat(100)}lF`],
    ['counts of Swift', `$s4main1fyyxr${'999999999_'.repeat(700)}lF`],
    ['types of Swift that double', `$s4main1a${'yAAyAAG'.repeat(1100)}`],
    ['tuples of D', `_D3app1fB999999999i`],
    ['back references of D', `_D3app1f${'Qb'.repeat(4000)}`],
    ['types of D', `_D3app1f${'A'.repeat(8000)}i`],
    ['digits', `_Z${'9'.repeat(8000)}`],
    ['a megabyte', `_Z1f${'i'.repeat(1_000_000)}`],
  ])('bounds %s', (_, name) => {
    const start = performance.now()
    for (let i = 0; i < 3; i++) demangle(name)
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
