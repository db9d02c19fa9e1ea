// Runs the content cases on any edge: the stored report, the response of /submit/check, and resubmitting the stored report.
import { deepStrictEqual as equal, ok } from 'node:assert/strict'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { collectorKeys, type StoredReport } from '../../shared/crash.ts'
import { rawKey } from '../../shared/keys.ts'
import { inflateStoredReport } from '../../shared/report/stored.ts'
import { bytesOf, multipart, submitRequest } from '../support/crash-request.ts'
import { type ContentCase, contentCases } from './content-cases.ts'
import { accept, type EdgeUnderTest, type Open, type Vector, vector } from './vector.ts'
import { wrappingCases } from './wrapping-cases.ts'

const bodyOf = ({ body }: ContentCase) => (body instanceof Uint8Array ? body : multipart(body))
const hex = (content: string | Uint8Array) => [...bytesOf(content)].join(' ')

function expectReport({ rawCrash, dumps, origins }: StoredReport, expected: ContentCase): void {
  const files = dumps.map((one) => [one.name, hex(one.bytes)])
  equal(
    files,
    Object.entries(expected.files).map(([name, content]) => [name, hex(content)]),
  )
  for (const [name, origin] of Object.entries(expected.origins ?? {})) {
    equal([name, { ...origins.get(name), ...origin }], [name, origins.get(name)])
  }
  if (expected.annotations) {
    const annotations = Object.entries(rawCrash).filter(([key]) => !collectorKeys.has(key))
    equal(Object.fromEntries(annotations), expected.annotations)
  }
  if (expected.shadowed) equal({ ...rawCrash.metadata.shadowed }, expected.shadowed)
  equal({ ...rawCrash.metadata.replaced }, { ...expected.replaced })
}

function expectNotes(notes: readonly string[], { notes: expected = [] }: ContentCase): void {
  equal(notes.length, expected.length, `${notes.join('; ')}: ${expected.length} notes expected`)
  for (const [i, text] of expected.entries()) ok(notes[i]!.includes(text), `${notes[i]} has ${text}`)
}

/** /submit/check responds with the same files, annotations and notes. */
async function expectCheck(edge: EdgeUnderTest, one: ContentCase, stored: StoredReport): Promise<void> {
  const url = new URL('/submit/check', 'http://localhost')
  url.search = new URL(one.options?.url ?? url).search
  const { status, text } = await edge.ask(submitRequest(bodyOf(one), { ...one.options, url: url.href }))
  equal(status, 200)
  const answer = JSON.parse(text)
  equal(
    answer.files.map((file: Record<string, unknown>) => [file.name, file.size, file.original_name]),
    stored.dumps.map(({ name, bytes: { length } }) => [name, length, stored.origins.get(name)!.part]),
  )
  equal(answer.notes, stored.rawCrash.metadata.collector_notes)
  equal(answer.replaced, stored.rawCrash.metadata.replaced ?? {})
  const kept = answer.parts.filter((part: { kind: string }) => part.kind === 'file')
  const names = new Set(stored.dumps.map(({ name }) => name))
  for (const { keptAs } of kept) ok(names.has(keptAs), `${keptAs} is stored`)
}

/** The stored report, submitted to an empty store: same content and names, and the same crash ID if it has a file. */
async function expectReplay(open: Open, stored: Uint8Array, before: StoredReport): Promise<void> {
  const { body, contentType } = inflateStoredReport(stored, nodeCodecs)
  const after = await accept(await open(), body, { contentType })
  if (before.dumps.some((one) => one.bytes.length > 0)) equal(after.id, before.rawCrash.uuid)
  equal(after.dumps, before.dumps)
  for (const [name, { part, filename, contentType: type }] of before.origins) {
    equal(after.origins.get(name), { part, filename, contentType: type })
  }
  const { metadata: _, ...annotations } = before.rawCrash
  const { metadata: __, ...others } = after.rawCrash
  const { uuid: ___, submitted_timestamp: ____, ...kept } = annotations
  equal({ ...others, ...kept }, others)
  for (const key of ['shadowed', 'replaced'] as const) {
    equal(after.rawCrash.metadata[key], before.rawCrash.metadata[key])
  }
}

export const contentVectors: readonly Vector[] = [...contentCases, ...wrappingCases].map((one) =>
  vector(`content: ${one.name}`, async (open) => {
    const edge = await open()
    const { id, ...stored } = await accept(edge, bodyOf(one), one.options)
    expectReport(stored, one)
    expectNotes(stored.rawCrash.metadata.collector_notes!, one)
    await expectCheck(edge, one, stored)
    const object = await edge.crashes.get(rawKey(id))
    await expectReplay(open, await object!.bytes(), stored)
  }),
)
