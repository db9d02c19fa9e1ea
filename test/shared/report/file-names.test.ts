// Any files under any names: each is stored whole under a unique name, and a minidump gets the main name if one is
// sent.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { mainDumpName } from '../../../shared/crash.ts'
import { contentOf } from '../../../shared/report/body/encoded-dump.ts'
import { sanitizeDumpName } from '../../../shared/report/file-names.ts'
import { defaultLimits } from '../../../shared/report/refusals.ts'
import { readMultipart } from '../../../shared/report/submission.ts'
import { boundary, concat, F, multipart, T } from '../../support/crash-request.ts'

const part = fc.oneof(
  fc.constantFrom(
    mainDumpName,
    `${mainDumpName}.`,
    `${mainDumpName}_2`,
    'f',
    'f_2',
    'f-2',
    'raw_crash',
    '..',
    'журнал',
  ),
  fc.constantFrom('x'.repeat(30), `${'x'.repeat(30)}y`, `${'x'.repeat(28)}_2`),
  fc.stringMatching(/^[ !#$&-[\]-~]{1,40}$/),
)
const content = fc.constantFrom('', 'text', 'MDMP one', 'MDMP two', 'BZh91AY&SY')

test('files of any names', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(part, content), { maxLength: 40 }), (files) => {
      const reader = readMultipart(boundary, { codecs: nodeCodecs, limits: defaultLimits })
      reader.write(multipart([T('a', '1'), ...files.map(([name, text]) => F(name, text))]))
      const { dumps } = reader.finish()
      const text = (i: number) => Buffer.from(concat(...contentOf(dumps[i]!, nodeCodecs))).toString()
      expect(dumps.map((dump, i) => [dump.origin.part, text(i)])).toEqual(files)
      const names = dumps.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(name).toMatch(/^(?!(raw_crash|dump_names|processed_crash)$)\w{1,30}$/)
      const claims = files.filter(([name]) => sanitizeDumpName(name) === mainDumpName)
      const isMinidump = ([, text]: [string, string]) => text.startsWith('MDMP')
      if (claims.some(isMinidump)) expect(text(names.indexOf(mainDumpName))).toMatch(/^MDMP/)
    }),
    { numRuns: 300 },
  )
})
