// A deployment to check: an edge in this process over an S3 server, behind a proxy that can misbehave.
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { checkDeployment, type GroupName } from '../../../batch/check/check.ts'
import type { CheckContext } from '../../../batch/check/context.ts'
import { openDeployment } from '../../../batch/check/deployment.ts'
import type { Finding } from '../../../batch/check/findings.ts'
import { checkProduct, makeTestReport } from '../../../batch/check/test-report.ts'
import { startNodeServer } from '../../../edge/runtime/node.ts'
import { createServerEdge } from '../../../edge/runtime/server-edge.ts'

export interface Front {
  url: string
  /** Changes the headers of requests and of answers; both may be set while it runs. */
  onRequest: (headers: IncomingHttpHeaders) => void
  onAnswer: (headers: OutgoingHttpHeaders) => void
  close(): Promise<void>
}

/** A proxy on 127.0.0.1 that passes everything on. */
export async function startFront(target: string): Promise<Front> {
  const front: Front = { url: '', onRequest: () => {}, onAnswer: () => {}, close: async () => {} }
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, response) => {
    const headers = { ...incoming.headers, host: `${hostname}:${port}` }
    front.onRequest(headers)
    const { method, url: path } = incoming
    const passed = send({ hostname, port, method, path, headers }, (answer) => {
      const sent: OutgoingHttpHeaders = { ...answer.headers }
      front.onAnswer(sent)
      response.writeHead(answer.statusCode ?? 502, sent)
      pipeline(answer, response).catch(() => response.destroy())
    })
    pipeline(incoming, passed).catch(() => response.destroy())
    passed.on('error', () => response.destroy())
  })
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  front.close = async () => {
    server.closeAllConnections()
    await new Promise((resume) => server.close(resume))
  }
  return front
}

/** The edge under Node in this process. */
export async function startEdge(store: string, settings: Record<string, string>) {
  const env = { MAYDAY_STORE: store, HOST: '127.0.0.1', PORT: '0', CRASH_ID_KEY: 'the key of the tests' }
  const server = await startNodeServer(await createServerEdge({ ...env, ...settings }))
  return { url: `http://127.0.0.1:${server.address.port}`, end: () => server.end() }
}

/** A check of `url` that waits for nothing, with defaults for what a test does not need. */
export const contextFor = (url: string, given: Partial<CheckContext> = {}): CheckContext => ({
  deployment: openDeployment(url),
  token: null,
  symbolToken: null,
  store: null,
  report: makeTestReport(checkProduct),
  wait: 0,
  onWait: () => {},
  now: () => new Date(),
  sleep: () => Promise.resolve(),
  end: new AbortController().signal,
  left: { crashId: null, sentAt: null, processed: false, symbols: null },
  ...given,
})

export const findingsOf = (context: CheckContext, only?: readonly GroupName[]): Promise<Finding[]> =>
  Array.fromAsync(checkDeployment(context, only))

/** The checks with a result, in order. */
export const checksWith = (findings: readonly Finding[], result: Finding['result']): string[] =>
  findings.filter((finding) => finding.result === result).map(({ check }) => check)
