// Which releases the release page compares, by its URL.
import { describe, expect, test } from 'vitest'
import { choiceOf, kindsOf } from '../../../../dashboard/model/releases/release-choice.ts'
import type { Release, ReleaseKind, ReleasesAggregate } from '../../../../shared/releases/document.ts'

/** @param reports fewer than 50 are not compared by themselves */
const release = (kind: ReleaseKind, name: string, reports = 50): Release => ({
  ...{ kind, name, channel: 'release', start: '2026-11-01', is_start_known: true, elapsed: 86_400 },
  ...{ days: [], at: [86_400, reports, reports], recent: reports, platforms: [] },
})
const documentOf = (...releases: Release[]) => ({ releases }) as unknown as ReleasesAggregate
const [v2, v1, v0] = [release('version', '2'), release('version', '1'), release('version', '0', 9)]
const [b2, b1] = [release('build', 'b2'), release('build', 'b1')]
const [beta, nightly] = [release('channel', 'beta'), release('channel', 'nightly')]

describe('without a name in the URL', () => {
  test.each<[Release[], ReleaseKind, string | undefined, string | undefined, ReleaseKind[]]>([
    [[], 'version', undefined, undefined, []],
    [[v2], 'version', '2', undefined, []],
    [[v2, b2], 'version', '2', undefined, []],
    [[v2, v1], 'version', '2', '1', ['version']],
    [[v2, b2, b1], 'build', 'b2', 'b1', ['build']],
    [[v2, b2, beta, nightly], 'channel', 'beta', 'nightly', ['channel']],
    [[v2, v1, b2, b1, beta], 'version', '2', '1', ['version', 'build']],
    [[v0, v2, v1], 'version', '2', '1', ['version']],
    [[v0], 'version', '0', undefined, []],
  ])('%j: the first kind with two releases is compared', (releases, kind, now, before, kinds) => {
    const document = documentOf(...releases)
    const choice = choiceOf(document, new URLSearchParams())
    expect([choice.kind, choice.now?.name, choice.before?.name, choice.unknown]).toEqual([
      ...[kind, now, before, []],
    ])
    expect(choice.options).toEqual(releases.filter((one) => one.kind === kind))
    expect(kindsOf(document)).toEqual(kinds)
  })
})

test.each([
  ['version=1', '1', '0', []],
  ['version=1&against=2', '1', '2', []],
  ['version=1&against=1', '1', '0', []],
  ['version=7&against=8', '2', '1', ['7', '8']],
  ['against=0', '2', '0', []],
  ['build=b1', 'b1', 'b2', []],
  ['build=2', 'b2', 'b1', ['2']],
])('the URL with %s compares %s with %s', (query, now, before, unknown) => {
  const choice = choiceOf(documentOf(v2, v1, v0, b2, b1), new URLSearchParams(query))
  expect([choice.now!.name, choice.before!.name, choice.unknown]).toEqual([now, before, unknown])
})
