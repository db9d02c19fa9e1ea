import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settingDocs } from '../../edge/config.ts'
import { refusals } from '../../shared/report/refusals.ts'

const doc = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')

test('docs/operating-edge.md lists every setting as the table has it', () => {
  const rows = settingDocs.map(
    ({ name, fallback, doc: text }) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : '–'} | ${text} |`,
  )
  expect(doc('operating-edge.md')).toContain(
    `| name | unless set | meaning |\n|---|---|---|\n${rows.join('\n')}\n\n`,
  )
})

test('docs/collector-differences.md names every refusal that is ours', () => {
  const ours = Object.keys(refusals).slice(Object.keys(refusals).indexOf('bad_deflate'))
  const text = doc('collector-differences.md')
  for (const reason of ours) {
    const short = `…_${reason.replace(/^too_many_/, '')}`
    expect([reason, text.includes(reason) || text.includes(short)]).toEqual([reason, true])
  }
})
