// Damaged dumps walked with symbols: output or a CrashError, and never more frames than the stack has words.
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { crashSiteKey } from '../../../shared/stackwalk/crash-site.ts'
import { humanReport } from '../../../shared/stackwalk/human-report.ts'
import { outputOf, toJson } from '../../../shared/stackwalk/output.ts'
import { walkDumpThreads } from '../../../shared/stackwalk/walked-dump.ts'
import { folderSource } from '../../../shared/symbols/sources/folder.node.ts'
import { rememberingSource } from '../../../shared/symbols/sources/symbol-source.ts'
import { readUnpacked } from '../../support/dump-data.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

const fixtures = resolve(import.meta.dirname, '../../fixtures')
const symbols = rememberingSource(folderSource(join(fixtures, 'symbols')), { maxBytes: 1e9 })
const names = readdirSync(join(fixtures, 'dumps')).filter((name) => /\.dmp(\.gz)?$/.test(name))

/** One dump of every processor and system is enough; the larger ones are slow to copy. */
const chosen = names
  .filter((name) => /^(arm64-basics|cpp-basics-O0-null|cpp-deep-m32|chromium-crash|rust-)/.test(name))
  .slice(0, 8)

async function walk(bytes: Uint8Array): Promise<number> {
  const walked = await walkDumpThreads(readMinidump(bytes), { symbols, maxFrames: 2000 })
  const output = outputOf(walked)
  expect(JSON.parse(toJson(output)).status).toBe('OK')
  expect(humanReport(walked)).toContain('Loaded modules')
  expect(crashSiteKey(walked) ?? '0000000000000000').toMatch(/^[0-9a-f]{16}$/)
  for (const { frames } of output.threads) expect(frames.length).toBeLessThanOrEqual(2000)
  return output.thread_count
}

test.each(chosen)('%s, damaged, yields output or a CrashError', async (name) => {
  const whole = readUnpacked(join(fixtures, 'dumps', name))
  const random = createRandom(name.length)
  let documents = 0
  for (let i = 0; i < 60; i++) {
    try {
      await walk(mutate(whole, random, 8192))
      documents++
    } catch (error) {
      if (!isCrashError(error)) throw error
    }
  }
  expect(documents).toBeGreaterThan(5)
})

test('a stack full of return addresses costs no more than its frames', async () => {
  const whole = readUnpacked(
    join(fixtures, 'dumps', names.find((name) => name.startsWith('cpp-basics-O0-null'))!),
  )
  const dump = readMinidump(whole)
  const [thread] = dump.threads
  const target = dump.modules.list[0]!.base + 0x1500n
  const copy = whole.slice()
  const offset = thread!.stack!.bytes.byteOffset - whole.byteOffset
  const view = new DataView(copy.buffer, offset, thread!.stack!.bytes.length)
  for (let at = 0; at + 8 <= view.byteLength; at += 8) view.setBigUint64(at, target, true)
  expect(await walk(copy)).toBeGreaterThan(0)
})
