import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dayOfBuild,
  importBuilds,
  parseBuildListing,
  readImportedBuilds,
} from '../../../batch/derived/build-import.ts'
import { type Build, findBuild, indexBuilds } from '../../../batch/derived/builds.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'
import { runPreset } from '../support/rule-input.ts'

const builds = (channel: string, buildId: string, ...versions: string[]): Build[] =>
  versions.map((version) => ({ product: 'Firefox', channel, buildId, version }))

describe('findBuild', () => {
  test.each([
    [
      '23: a build that became a beta has the version of the beta',
      builds('beta', '1', '50.0b1rc2', '50.0b1rc1', '50.0b1'),
      '50.0b1',
    ],
    [
      '23: a build that was only a candidate has the version of the candidate',
      builds('beta', '1', '50.0rc2'),
      '50.0rc2',
    ],
    ['another build', builds('beta', '2', '50.0b1'), null],
    ['another channel', builds('aurora', '1', '50.0b1'), null],
  ])('%s', (_name, list, expected) => {
    expect(findBuild(indexBuilds(list), 'Firefox', 'beta', '1')).toBe(expected)
  })

  test('the aurora channel is a separate product since June 2017', () => {
    const index = indexBuilds([
      { product: 'DevEdition', channel: 'aurora', buildId: '20180101000000', version: '59.0b3' },
      { product: 'Firefox', channel: 'aurora', buildId: '20160101000000', version: '45.0b2' },
    ])
    expect(findBuild(index, 'Firefox', 'aurora', '20180101000000')).toBe('59.0b3')
    expect(findBuild(index, 'Firefox', 'aurora', '20160101000000')).toBe('45.0b2')
  })

  test.each([
    ['20170531235959', '54.0b1'],
    ['20170601', '54.0b1'],
    ['20170601000000', '54.0b2'],
  ])('the build %s of aurora has the version %s', (buildId, version) => {
    const list: Build[] = [
      { product: 'Firefox', channel: 'aurora', buildId, version: '54.0b1' },
      { product: 'DevEdition', channel: 'aurora', buildId, version: '54.0b2' },
    ]
    expect(findBuild(indexBuilds(list), 'Firefox', 'aurora', buildId)).toBe(version)
    expect(findBuild(indexBuilds(list), 'DevEdition', 'aurora', buildId)).toBe('54.0b2')
  })
})

describe('22: the version of a beta', () => {
  const run = (raw: Record<string, string>, found: string | null | undefined) =>
    runPreset('mozilla', { raw, ...(found !== undefined && { findBuild: () => found }) })
  const beta = { ProductName: 'Firefox', ReleaseChannel: 'beta', BuildID: '20260101', Version: '3.0' }

  test('is looked up by its build', () => {
    expect(run(beta, '3.0b1').crash.version).toBe('3.0b1')
  })
  test('ends in b0 if no build is known, with a note', () => {
    const { crash, notes } = run({ ...beta, Version: '3.0.1' }, null)
    expect(crash.version).toBe('3.0.1b0')
    expect(notes.join()).toContain(
      'release channel is beta but no version data was found - added "b0" suffix to version number',
    )
  })
  test('does not change for other products and channels', () => {
    expect(run(beta, undefined).crash.version).toBe('3.0')
    expect(run({ ...beta, ReleaseChannel: 'release' }, '9').crash.version).toBe('3.0')
  })
})

describe('parseBuildListing', () => {
  const products = sampleProducts()

  test('reads plain and buildhub entries, as an array or one per line', () => {
    const plain = { product: 'Quill', version: '1.2', channel: 'stable', build_id: 7 }
    const hub = {
      build: { id: '20260101' },
      target: { version: '3.0b1', channel: 'beta' },
      source: { product: 'firefox' },
    }
    const expected = [
      { product: 'Quill', version: '1.2', channel: 'stable', buildId: '7' },
      { product: 'Firefox', version: '3.0b1', channel: 'beta', buildId: '20260101' },
    ]
    expect(parseBuildListing(JSON.stringify([plain, hub]), products)).toEqual(expected)
    expect(parseBuildListing(`${JSON.stringify(plain)}\n\n${JSON.stringify(hub)}\n`, products)).toEqual(
      expected,
    )
  })

  test.each(['[{"product":"a"}]', '{', 'text', '[null]'])('refuses %j', (text) => {
    expect(() => parseBuildListing(text, products)).toThrow(/listing/)
  })

  test.each([
    ['20261021093000', '2026-10-21'],
    ['20261341093000', '1970-01-01'],
    ['31000', '1970-01-01'],
  ])('build %s is of %s', (id, date) => {
    expect(dayOfBuild(id)).toBe(date)
  })
})

describe('importBuilds', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench(memoryStores())
  })
  afterAll(() => bench.close())

  test('adds new builds and keeps existing ones', async () => {
    const list = builds('beta', '20260101000000', '3.0b1', '3.0b1rc1')
    expect(await importBuilds(bench.files, list)).toEqual({ builds: 2 })
    expect(await importBuilds(bench.files, [...list, ...builds('beta', '20260102000000', '3.0b2')])).toEqual({
      builds: 3,
    })
    expect((await readImportedBuilds(bench.files)).map((build) => build.version).sort()).toEqual([
      '3.0b1',
      '3.0b1rc1',
      '3.0b2',
    ])
  })
})
