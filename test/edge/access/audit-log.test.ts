import { describe, expect, test } from 'vitest'
import { createAuditLog } from '../../../edge/access/audit-log.ts'
import { type AuditRow, auditActions, auditRowOf, decodeAuditRows } from '../../../shared/access/audit.ts'
import { encodeLines } from '../../../shared/json/json-lines.ts'
import { auditPrefix, lastUsePrefix } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { bytesOf } from '../../support/crash-request.ts'

const holder = { label: 'ann', tokenId: '0123456789ab' }
const read = { action: 'read_crash', subject: 'an ID' } as const

function openLog() {
  const storage = createMemoryStorage()
  const state = { now: new Date('2026-11-01T23:59:59Z'), scheduled: 0, fails: false, names: 0 }
  const put: Storage['put'] = async (...given) => {
    if (state.fails) throw new Error('down')
    return storage.put(...given)
  }
  const audit = createAuditLog({
    storage: { ...storage, put },
    log: () => {},
    schedule: () => state.scheduled++,
    uniqueName: () => `${state.names++}`,
    now: () => state.now,
  })
  return {
    audit,
    state,
    storage,
    written: () => readAudit(storage),
    uses: () => keysOf(storage, lastUsePrefix),
  }
}

const keysOf = async (storage: Storage, prefix: string) =>
  (await Array.fromAsync(storage.list(prefix))).map(({ key }) => key)

async function readAudit(storage: Storage): Promise<[string, AuditRow[]][]> {
  const keys = await keysOf(storage, auditPrefix())
  return Promise.all(
    keys.map(
      async (key): Promise<[string, AuditRow[]]> => [
        key,
        decodeAuditRows(await (await storage.get(key))!.bytes()),
      ],
    ),
  )
}

describe('the audit', () => {
  test('is written in one object per flush and day', async () => {
    const { audit, state, written } = openLog()
    audit.record(holder, read)
    audit.record(holder, { action: 'read_file', subject: 'an ID', detail: 'a file', product: 'Ledger' })
    state.now = new Date('2026-11-02T00:00:00Z')
    audit.record({ label: 'bob', tokenId: '' }, { action: 'add_token', subject: 'ann' })
    expect(state.scheduled).toBe(1)
    await audit.flush()
    const row = { recorded_at: '2026-11-01T23:59:59.000Z', label: 'ann', token_id: '0123456789ab' }
    expect(await written()).toEqual([
      [
        'audit/20261101/0',
        [
          { ...row, action: 'read_crash', subject: 'an ID', detail: '', product: '' },
          { ...row, action: 'read_file', subject: 'an ID', detail: 'a file', product: 'Ledger' },
        ],
      ],
      [
        'audit/20261102/1',
        [
          expect.objectContaining({
            recorded_at: '2026-11-02T00:00:00.000Z',
            action: 'add_token',
            label: 'bob',
          }),
        ],
      ],
    ])
    await audit.flush()
    expect(await written()).toHaveLength(2)
  })

  test('keeps rows that cannot be written, in order', async () => {
    const { audit, state, written } = openLog()
    state.fails = true
    audit.record(holder, { ...read, subject: 'first' })
    await audit.flush()
    audit.record(holder, { ...read, subject: 'second' })
    expect([await written(), state.scheduled]).toEqual([[], 2])
    state.fails = false
    await audit.flush()
    const [[, rows]] = (await written()) as [[string, AuditRow[]]]
    expect(rows.map(({ subject }) => subject)).toEqual(['first', 'second'])
  })

  test('refuses more than it can hold, rather than that something happens unrecorded', async () => {
    const { audit, state, written } = openLog()
    for (let i = 0; i < 10_000; i++) audit.record(holder, read)
    expect(() => audit.record(holder, read)).toThrow(expect.objectContaining({ name: 'Overloaded' }))
    state.fails = false
    await audit.flush()
    audit.record(holder, read)
    await audit.flush()
    expect((await written()).map(([, rows]) => rows.length)).toEqual([10_000, 1])
  })

  test('truncates long texts, which a client may have sent', () => {
    const { subject, detail } = auditRowOf(
      holder,
      { ...read, subject: `${'x'.repeat(299)}😀`, detail: '😀'.repeat(500) },
      new Date(0),
    )
    expect([subject.length, detail.length, subject.isWellFormed()]).toEqual([300, 300, true])
  })

  test('is read only when it is complete', () => {
    const row = auditRowOf(holder, read, new Date(0))
    expect(decodeAuditRows(encodeLines([row, row]))).toEqual([row, row])
    for (const bad of ['{', 'null', '{}', JSON.stringify({ ...row, action: 'toString' })])
      expect(() => decodeAuditRows(bytesOf(bad))).toThrow(expect.objectContaining({ code: 'bad-json' }))
    expect(Object.keys(auditActions)).toContain('upload_symbols')
  })
})

describe('the last use of a token', () => {
  test('is written once a day', async () => {
    const { audit, state, uses, storage } = openLog()
    for (let i = 0; i < 5; i++) audit.noteUse(holder)
    audit.noteUse({ tokenId: 'ba9876543210' })
    await audit.flush()
    expect(await uses()).toEqual(['access/last-use/0123456789ab', 'access/last-use/ba9876543210'])
    await storage.delete('access/last-use/0123456789ab')
    audit.noteUse(holder)
    await audit.flush()
    expect(await uses()).toEqual(['access/last-use/ba9876543210'])
    state.now = new Date('2026-11-02T00:00:00Z')
    audit.noteUse(holder)
    await audit.flush()
    expect(await uses()).toHaveLength(2)
  })

  test('is written later if the store fails', async () => {
    const { audit, state, uses } = openLog()
    state.fails = true
    audit.noteUse(holder)
    await audit.flush()
    state.fails = false
    await audit.flush()
    expect(await uses()).toHaveLength(1)
  })
})
