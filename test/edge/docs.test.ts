import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createApp } from '../../edge/app.ts'
import { settingDocs } from '../../edge/config.ts'
import { metricTable } from '../../edge/lib/metrics.ts'
import { defaultLimits, refusals } from '../../shared/report/refusals.ts'
import { createTestEdge } from './edge.support.ts'

const doc = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

test('docs/operating-edge.md lists every setting', () => {
  const rows = settingDocs.map(
    ({ name, fallback, doc: text }) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : '–'} | ${text} |`,
  )
  expect(doc('operating-edge.md')).toContain(
    `| name | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n\n`,
  )
})

test('docs/operating-edge.md lists every metric', () => {
  const rows = Object.entries(metricTable).map(
    ([name, { kind, labels, doc: text }]) =>
      `| \`${name}\` | ${kind} | ${labels.join(', ') || '–'} | ${text} |`,
  )
  expect(doc('operating-edge.md')).toContain(
    `| metric | kind | labels | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n\n`,
  )
})

test('docs/operating-edge.md lists exactly the health paths', () => {
  const [, rows = ''] =
    /## Health\n\n\| path \| response \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(doc('operating-edge.md')) ?? []
  const listed = [...rows.matchAll(/^\| `([^`]+)` \| .+ \|$/gm)].map(([, path]) => path)
  const routes = new Set(createApp(createTestEdge().deps).routes.map(({ path }) => path))
  expect(listed.sort()).toEqual([...routes].filter((path) => path.startsWith('/__')).sort())
})

test('docs/clients.md contains the default limits', () => {
  const { maxBodyBytes, maxInflatedBytes, maxRatio, maxParts, maxFields, maxFieldBytes } = defaultLimits
  const { maxAnnotationBytes, maxFiles } = defaultLimits
  const mib = (bytes: number) => `${bytes / 1024 / 1024} MiB`
  const text = doc('clients.md').replaceAll('\n', ' ')
  for (const figure of [
    `${mib(maxBodyBytes)} on the wire, ${mib(maxInflatedBytes)} inflated and ${maxRatio} times`,
    `${maxParts.toLocaleString('en')} parts, ${maxFields.toLocaleString('en')} annotations`,
    `${mib(maxFieldBytes)} for one and ${mib(maxAnnotationBytes)} for all, ${maxFiles} files`,
  ])
    expect(text).toContain(figure)
})

test('docs/collector-differences.md names every additional refusal', () => {
  const ours = Object.keys(refusals).slice(Object.keys(refusals).indexOf('bad_deflate'))
  const text = doc('collector-differences.md')
  for (const reason of ours) {
    const short = `…_${reason.replace(/^too_many_/, '')}`
    expect([reason, text.includes(reason) || text.includes(short)]).toEqual([reason, true])
  }
})
