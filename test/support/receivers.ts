// A local HTTP server that receives webhooks, and a local mail server.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

interface Received {
  path: string
  headers: Record<string, string | string[] | undefined>
  body: unknown
}

export interface Receiver extends AsyncDisposable {
  url: string
  received: Received[]
  /** Answers to send instead of the next ones; `hang`: none. */
  failures: ({ status: number; headers?: Record<string, string>; body?: string } | 'hang')[]
}

export async function startReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request))
    receiver.received.push({ path: request.url!, headers: request.headers, body })
    const failure = receiver.failures.shift()
    if (failure === 'hang') return void request.socket.destroy()
    response.writeHead(failure?.status ?? 200, failure?.headers).end(failure?.body ?? 'ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    failures: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}

export interface MailReceiver extends AsyncDisposable {
  url: string
  /** Recipients and source of each mail. */
  received: { to: string[]; source: string }[]
}

/** Accepts one user, without encryption. */
export async function startMailReceiver(user: string, password: string): Promise<MailReceiver> {
  const server = new SMTPServer({
    ...{ allowInsecureAuth: true, disabledCommands: ['STARTTLS'], logger: false },
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(new Error('wrong password')),
    onData(stream, session, done) {
      void text(stream).then((source) => {
        receiver.received.push({ to: session.envelope.rcptTo.map(({ address }) => address), source })
        done()
      })
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const receiver: MailReceiver = {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    received: [],
    async [Symbol.asyncDispose]() {
      await new Promise<void>((done) => server.close(done))
    },
  }
  return receiver
}
