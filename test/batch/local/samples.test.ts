// The submissions of the sample apps: the same on every run, so that sending them again stores nothing twice.
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { listSamples, type Sample } from '../../../batch/local/samples/samples.ts'
import { sendSamples, uploadSampleSymbols } from '../../../batch/local/samples/send.ts'
import { readArrivals } from '../../../shared/symbols/arrivals.ts'
import { dateAt } from '../../../shared/time/dates.ts'
import { storeReport } from '../../support/stored-reports.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

/** A sample in one line: what it is, how it is sent, and its annotations. */
function lineOf({ title, submission, once, truncated }: Sample): string {
  const { client, annotations, dump } = submission
  const how = [
    `${dump?.length ?? 'no'} bytes`,
    ...(once ? ['once'] : []),
    ...(truncated ? ['truncated'] : []),
  ]
  const named = Object.entries(annotations).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${title}  ${client}  ${how.join(' ')}  ${named.join(' ')}`
}

describe('samples', () => {
  test('are the crashes of the apps, and unusual reports', async () => {
    const lines = listSamples().map(lineOf)
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/samples.txt')
    expect(listSamples().map(lineOf)).toEqual(lines)
  })

  test('have dumps, except those without one in their titles', () => {
    for (const { submission, title } of listSamples()) {
      const { dump } = submission
      if (!dump) expect(title).toMatch(/ without a dump$/)
      else if (dump.length > 0) expect(new TextDecoder().decode(dump.subarray(0, 4))).toBe('MDMP')
      else expect(title).toBe('Ledger with an empty dump')
    }
  })
})

/** Arrivals of a bucket, without their times. */
const arrived = async (symbols: ReturnType<typeof createMemoryStorage>) =>
  (await Array.fromAsync(readArrivals(symbols, new Date(0)))).flatMap(({ modules }) => modules)

describe('symbols of the samples', () => {
  test('are uploaded once, under the names that clients ask for, and recorded as arrived', async () => {
    const symbols = createMemoryStorage()
    const first = await uploadSampleSymbols(symbols)
    expect(first).toEqual({ uploaded: first.all, all: expect.any(Number) })
    const objects = await Array.fromAsync(symbols.list(''))
    const files = objects.filter(({ key }) => key.endsWith('.sym'))
    expect(files).toHaveLength(first.all)
    const { key } = files[0]!
    const [debug_file, debug_id, name] = key.split('/')
    expect(name).toBe(`${debug_file!.replace(/\.pdb$/, '')}.sym`)
    const stored = (await symbols.get(key))!
    expect(stored).toMatchObject({ contentType: 'text/plain', contentEncoding: 'gzip' })
    const [line] = new TextDecoder().decode(gunzipSync(await stored.bytes())).split('\n')
    expect(line).toMatch(new RegExp(`^MODULE \\w+ \\w+ ${debug_id} ${debug_file}$`))
    const modules = await arrived(symbols)
    expect(modules).toHaveLength(first.all)
    expect(modules).toContainEqual({ debug_file, debug_id, code_file: '', code_id: '' })

    await symbols.delete([key])
    expect(await uploadSampleSymbols(symbols)).toEqual({ uploaded: 1, all: first.all })
    expect((await arrived(symbols)).slice(first.all)).toHaveLength(1)
    expect(await uploadSampleSymbols(symbols)).toEqual({ uploaded: 0, all: first.all })
  })
})

describe('samples that are stored', () => {
  const earlier = new Date(Date.now() - 3 * 86_400_000)
  test('on an earlier day are not sent again', async () => {
    const crashes = createMemoryStorage()
    const id = await storeReport(crashes, { annotations: { ProductName: 'Ledger' }, now: earlier })
    await storeReport(crashes, { annotations: { ProductName: 'Other' }, now: new Date(0) })
    expect(await sendSamples('http://127.0.0.1:1', crashes)).toEqual({
      ...{ sent: 0, stored: [id], known: 0, refused: {}, failed: [] },
      earlier: dateAt(earlier),
    })
  })
})
