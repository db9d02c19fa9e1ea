// A forwarded report has no part that another collector rejects or misinterprets.
import { expect, test } from 'vitest'
import { forwardRequest } from '../../../batch/exchange/forward-request.ts'
import { createTestEdge } from '../../edge/edge.support.ts'
import { F, multipart, submitRequest, T } from '../../support/crash-request.ts'

async function forwarded(token: string | null): Promise<FormData> {
  const edge = createTestEdge()
  const parts = [
    T('ProductName', 'App'),
    T('uuid', 'chosen by the client'),
    F('upload_file_minidump', 'MDMP'),
    { json: { a: 1 }, name: 'settings', filename: 'settings.json' },
    F('upload_file_minidump.', 'text'),
  ]
  await edge.ask(submitRequest(multipart(parts)))
  const [report] = [...(await edge.stored()).values()]
  const { headers, body } = forwardRequest(report!, token)
  return new Response(body as BodyInit, { headers }).formData()
}

test('files have their stored names, and JSON is not sent as annotations', async () => {
  const form = await forwarded(null)
  const files = [...form].filter(([, value]) => typeof value !== 'string') as [string, File][]
  expect(files.map(([name, { name: filename, type }]) => [name, filename, type])).toEqual([
    ['upload_file_minidump', 'fakecrash.dump', 'application/octet-stream'],
    ['settings', 'settings.json', 'application/octet-stream'],
    ['upload_file_minidump_2', 'fakecrash.dump', 'application/octet-stream'],
  ])
})

test('an annotation uuid is not sent, and the crash ID only with a token', async () => {
  expect((await forwarded(null)).get('uuid')).toBeNull()
  expect((await forwarded('token')).get('uuid')).toMatch(/^[0-9a-f-]{36}$/)
})
