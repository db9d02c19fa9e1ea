// Checks of the symbol server: a symbol file of the test crash is uploaded, downloaded and used.
import { packTar } from 'modern-tar'
import * as z from 'zod/mini'
import type { CheckContext } from './context.ts'
import { type Answer, jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'
import { crashFunction } from './test-report.ts'

const noToken = {
  text: 'no token for uploads was given',
  cure: 'set SYMBOL_TOKEN: mayday tokens add --label check --permissions upload_symbols',
}

export async function* checkSymbols(context: CheckContext): AsyncIterable<Finding> {
  const missing = await context.deployment.ask(`/symbols/mayday-none.so/${'A'.repeat(33)}/mayday-none.so.sym`)
  yield missing.status === 404
    ? ok('missing symbols', 'status 404')
    : failed('missing symbols', {
        text: summaryOf(missing),
        cure: 'a proxy must pass on /symbols; 503 means that the bucket symbols cannot be read',
      })
  yield* uploaded(context)
}

async function* uploaded(context: CheckContext): AsyncIterable<Finding> {
  if (context.symbolToken === null) {
    yield skipped('symbol upload', noToken)
    return
  }
  const found = await upload(context)
  yield found
  if (found.result !== 'ok') return
  yield await downloadFinding(context)
  yield await symbolicationFinding(context)
}

/** To the symbols of try builds, which expire, unless they can be removed from the store afterwards. */
async function upload(context: CheckContext): Promise<Finding> {
  const { deployment, symbolToken, store, report } = context
  const isTry = store === null
  const form = new FormData()
  if (isTry) form.set('try', '1')
  const { path: name, text: body } = report.symbols
  const archive = await packTar([{ header: { name, size: body.length }, body }])
  form.set('symbols.tar', new Blob([archive]), 'symbols.tar')
  const answer = await deployment.ask('/symbols/upload/', { method: 'POST', token: symbolToken, body: form })
  if (answer.status === 201) {
    context.left.symbols = isTry ? 'try' : 'regular'
    return ok('symbol upload', `${report.symbols.path}${isTry ? ', as of a try build' : ''}`)
  }
  const denied = answer.status === 401 || answer.status === 403
  return failed('symbol upload', {
    text: summaryOf(answer),
    cure: denied
      ? 'use a token with the permission upload_symbols: mayday tokens add'
      : 'see the log of the edge; the bucket symbols must be writable',
  })
}

async function downloadFinding({ deployment, report, left }: CheckContext): Promise<Finding> {
  const path = `/symbols/${left.symbols === 'try' ? 'try/' : ''}${report.symbols.path}`
  const answer = await deployment.ask(path)
  if (answer.status === 200 && answer.text === report.symbols.text)
    return ok('symbol download', 'the same bytes')
  return failed('symbol download', {
    text: answer.status === 200 ? 'other bytes than those that were uploaded' : summaryOf(answer),
    cure: 'a proxy must pass on Content-Encoding; edges must use the same store',
  })
}

const symbolicated = z.object({
  results: z.array(z.object({ stacks: z.array(z.array(z.object({ function: z.optional(z.string()) }))) })),
})

async function symbolicationFinding({ deployment, report: { symbols } }: CheckContext): Promise<Finding> {
  const job = { memoryMap: [[symbols.debugFile, symbols.debugId]], stacks: [[[0, symbols.offset]]] }
  const answer = await deployment.ask('/symbols/symbolicate/v5', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobs: [job] }),
  })
  const name = functionIn(answer)
  if (name?.startsWith(crashFunction)) return ok('symbolication', name)
  return (answer.status === 200 ? warning : failed)('symbolication', {
    text: answer.status === 200 ? 'no function for an address of the symbol file' : summaryOf(answer),
    cure: 'see module_errors in docs/symbolication.md; rounds of mayday run index symbol files',
  })
}

const functionIn = (answer: Answer) => jsonOf(answer, symbolicated)?.results[0]?.stacks[0]?.[0]?.function
