import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { importBugs } from '../../../batch/bugs/bug-import.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { openBugStore } from './bugs.support.ts'

let store: ReturnType<typeof openBugStore>
beforeEach(() => {
  store = openBugStore()
})
afterEach(() => store[Symbol.dispose]())

async function importText(name: string, text: string, includePrivate = false) {
  const path = join(store.dir, name)
  writeFileSync(path, text)
  await using files = await openFiles(store.open)
  return await importBugs(files, path, { tracker: 'imported', includePrivate, now: new Date('2026-11-20') })
}

const stored = () =>
  store.rowsOf('SELECT tracker, id, status, summary, signatures FROM bugs ORDER BY tracker, id')

const marked = '[@ js3250.dll@0x6cb96] [@ valid.sig@0x333333]'

describe('importBugs', () => {
  test.each([
    ['bugs.csv', `id,status,summary,signatures\n1,NEW,"A, b","${marked}"\n2,NEW,x,[@ x\n`],
    [
      'bugs.json',
      JSON.stringify([
        { id: 1, status: 'NEW', summary: 'A, b', signatures: ['js3250.dll@0x6cb96', ' valid.sig@0x333333 '] },
        { id: '2', signatures: [] },
      ]),
    ],
    [
      'bugs.jsonl',
      `{"bug_id":1,"status":"NEW","title":"A, b","cf_crash_signature":"${marked}"}\n\n{"id":2,"signatures":"[@ x"}\n`,
    ],
    [
      'pairs.csv',
      'bug_id,signature,summary,status\n1,js3250.dll@0x6cb96,"A, b",NEW\n1,valid.sig@0x333333,"A, b",NEW\n',
    ],
  ])('reads %s', async (name, text) => {
    expect(await importText(name, text)).toMatchObject({ signatures: 2, stored: 1 })
    expect(await stored()).toEqual(['imported 1 NEW A, b [js3250.dll@0x6cb96, valid.sig@0x333333]'])
  })

  test('the signatures of a bug replace the stored ones; a bug without any is removed; others stay', async () => {
    await importText('a.csv', 'id,signatures\n1,[@ a]\n2,[@ b]\n3,[@ c]\n')
    const report = await importText('b.csv', 'id,signatures\n1,[@ z]\n2,\n')
    expect(report).toEqual({ bugs: 2, signatures: 1, stored: 1, removed: 1, private: 0 })
    expect(await stored()).toEqual(['imported 1 null null [z]', 'imported 3 null null [c]'])
  })

  test('a bug whose year becomes known has one row', async () => {
    await importText('a.csv', 'id,signatures\n1,[@ a]\n')
    await importText('b.csv', 'id,signatures,creation_time\n1,[@ a],2020-02-03 04:05:06\n')
    expect(await store.rowsOf('SELECT id, date, reported_at FROM bugs')).toEqual([
      '1 2020-01-01 2020-02-03 04:05:06+00',
    ])
  })

  test('bugs of several trackers are separate', async () => {
    await importText('a.csv', 'id,tracker,signatures\n1,https://a.example,[@ a]\n1,https://b.example,[@ b]\n')
    expect(await stored()).toEqual(['https://a.example 1 null null [a]', 'https://b.example 1 null null [b]'])
  })

  test('private bugs are skipped and removed unless they are requested', async () => {
    const file = ['a.csv', 'id,signatures,is_private\n1,[@ a],true\n2,[@ b],false\n'] as const
    expect(await importText(...file)).toMatchObject({ bugs: 1, private: 1 })
    expect(await importText(...file, true)).toMatchObject({ bugs: 2, private: 0 })
    expect(await importText(...file)).toMatchObject({ removed: 1 })
    expect(await stored()).toEqual(['imported 2 null null [b]'])
  })

  test.each([
    ['a.csv', 'signatures\n[@ a]\n', /entry 1: id is missing/],
    ['a.json', '[{"id":true}]', /entry 1: id must be text or a number/],
    ['a.json', '[{"id":1,"signatures":1}]', /entry 1: signatures must be text or a list of texts/],
    ['a.json', '[{"id":1,"is_private":1}]', /entry 1: is_private must be true or false/],
    ['a.json', '{"id":', /cannot be imported/],
    ['a.jsonl', '{"id":1}\nnonsense\n', /cannot be imported/],
    ['missing/a.csv', '', /ENOENT|cannot be imported/],
  ])('refuses %s with %j', async (name, text, message) => {
    await expect(importText(name, text)).rejects.toThrow(message)
  })
})
