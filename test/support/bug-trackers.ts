// A local HTTP server that speaks the APIs of Bugzilla, GitHub and GitLab over the same bugs, page by page.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A bug in a tracker. Times are milliseconds since 1970. */
export interface TrackerBug {
  id: number
  title: string
  /** `cf_crash_signature` of Bugzilla, the description elsewhere. */
  text: string
  open: boolean
  changed: number
  created: number
  /** Seen only with the token. */
  hidden?: true
  isPullRequest?: true
}

export interface Trackers extends AsyncDisposable {
  url: string
  bugs: TrackerBug[]
  /** What the token is; requests without it see no hidden bugs. */
  token: string
  /** The repository and project are private as a whole. */
  isPrivate: boolean
  /** Answers to send instead of the next ones. */
  failures: { status: number; headers?: Record<string, string>; body?: string }[]
  /** `METHOD path?query` and the token of each request. */
  requests: { url: string; token: string | null }[]
  /** Called after each answer: changes during a reading. */
  afterAnswer: () => void
}

export async function startTrackers(): Promise<Trackers> {
  const server = createServer((request, response) => answer(trackers, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const trackers: Trackers = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bugs: [],
    token: 'secret-token',
    isPrivate: false,
    failures: [],
    requests: [],
    afterAnswer: () => {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
  return trackers
}

const tokenIn = ({ headers }: IncomingMessage): string | null =>
  [headers['x-bugzilla-api-key'], headers['private-token'], headers.authorization?.replace('Bearer ', '')]
    .flat()
    .find((token) => token !== undefined) ?? null

function answer(trackers: Trackers, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, trackers.url)
  const token = tokenIn(request)
  trackers.requests.push({ url: request.url!, token })
  const failure = trackers.failures.shift()
  if (failure) {
    response.writeHead(failure.status, failure.headers).end(failure.body ?? 'a failure')
    return
  }
  const isKnown = token === trackers.token
  const seen = trackers.bugs.filter((bug) => !bug.hidden || isKnown)
  const found = trackers.isPrivate && !isKnown ? undefined : routes(trackers, url, seen)
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(found ?? { message: 'Not Found' }), () => trackers.afterAnswer())
}

function routes(trackers: Trackers, { pathname, searchParams }: URL, seen: TrackerBug[]): unknown {
  switch (decodeURIComponent(pathname)) {
    case '/bugzilla/rest/bug':
      return { bugs: bugzillaBugs(seen, searchParams) }
    case '/api/v3/repos/example/ledger':
      return { private: trackers.isPrivate }
    case '/api/v3/repos/example/ledger/issues':
      return pageOf(seen, searchParams, 'since').map(githubIssue)
    case '/api/v4/projects/example/group/ledger':
      return { visibility: trackers.isPrivate ? 'private' : 'public', issues_access_level: 'enabled' }
    case '/api/v4/projects/example/group/ledger/issues':
      return pageOf(seen, searchParams, 'updated_after').map(gitlabIssue)
    default:
      return undefined
  }
}

const second = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z')

function bugzillaBugs(bugs: readonly TrackerBug[], query: URLSearchParams) {
  const since = Date.parse(query.get('last_change_time') ?? '1970-01-01T00:00:00Z')
  return bugs
    .filter(({ id, changed }) => id > Number(query.get('v1')) && changed >= since)
    .filter(({ text }) => query.get('o2') !== 'isnotempty' || text !== '')
    .sort((a, b) => a.id - b.id)
    .slice(0, Number(query.get('limit')))
    .map((bug) => ({
      id: bug.id,
      summary: bug.title,
      status: bug.open ? 'NEW' : 'RESOLVED',
      resolution: bug.open ? '' : 'FIXED',
      is_open: bug.open,
      cf_crash_signature: bug.text,
      groups: bug.hidden ? ['security'] : [],
      creation_time: second(bug.created),
      last_change_time: second(bug.changed),
    }))
}

function pageOf(bugs: readonly TrackerBug[], query: URLSearchParams, since: string): TrackerBug[] {
  const from = Date.parse(query.get(since) ?? '1970-01-01T00:00:00Z')
  const size = Number(query.get('per_page'))
  const first = (Number(query.get('page')) - 1) * size
  return bugs
    .filter(({ changed }) => changed >= from)
    .sort((a, b) => a.changed - b.changed || a.id - b.id)
    .slice(first, first + size)
}

const githubIssue = (bug: TrackerBug) => ({
  number: bug.id,
  title: bug.title,
  body: bug.text || null,
  state: bug.open ? 'open' : 'closed',
  state_reason: bug.open ? null : 'completed',
  created_at: second(bug.created),
  updated_at: second(bug.changed),
  ...(bug.isPullRequest && { pull_request: { url: 'https://example.org/' } }),
})

const gitlabIssue = (bug: TrackerBug) => ({
  iid: bug.id,
  title: bug.title,
  description: bug.text || null,
  state: bug.open ? 'opened' : 'closed',
  confidential: bug.hidden === true,
  created_at: new Date(bug.created).toISOString(),
  updated_at: new Date(bug.changed).toISOString(),
})
