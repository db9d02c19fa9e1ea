// The APIs of Bugzilla, GitHub and GitLab: pages of bugs in an order in which changes during reading lose none.
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import type { IsoTime } from '../../shared/units.ts'
import type { BugTracker } from '../products/product-file.ts'
import { type Bug, signaturesIn, signaturesInProse } from './bug.ts'
import type { TrackerClient } from './tracker-client.ts'

/** Where to continue. `since`: bugs changed at this time or later; null: all. `at`: of the tracker. */
export interface Cursor {
  since: IsoTime | null
  at: number
}

export interface BugPage {
  bugs: Bug[]
  /** Null: this was the last page. */
  next: Cursor | null
}

/** One kind of tracker. */
export interface TrackerApi {
  /** Whether everyone can see its bugs, apart from those that it marks as private. */
  isPublic(client: TrackerClient, url: string, hasToken: boolean): Promise<boolean>
  /** @throws CrashError 'storage' */
  page(client: TrackerClient, url: string, cursor: Cursor, hasToken: boolean): Promise<BugPage>
  /** Where its API is. */
  root(url: URL): string
  /** The headers that present a token. */
  headers(token: string): Record<string, string>
  /** The cursor of the first page. */
  first(since: IsoTime | null): Cursor
}

const time = z.nullish(
  z.pipe(
    z.string(),
    z.transform((text) => {
      const date = new Date(text)
      return Number.isNaN(date.getTime()) ? null : isoTime(date)
    }),
  ),
)
const text = z.nullish(z.string())

/** @throws CrashError 'storage' */
function read<Schema extends z.ZodMiniType>(schema: Schema, value: unknown, url: string): z.output<Schema> {
  if (value === null)
    throw new CrashError(
      'storage',
      `The bug tracker has nothing at ${url}; does it need a token in BUG_TOKENS?`,
    )
  const { data, problems } = check(schema, value)
  if (problems)
    throw new CrashError('storage', `The bug tracker ${url} sent an unknown answer: ${problems[0]}`)
  return data
}

const bugzillaAnswer = z.object({
  bugs: z.array(
    z.object({
      id: z.int(),
      summary: text,
      status: text,
      resolution: text,
      is_open: z.nullish(z.boolean()),
      cf_crash_signature: text,
      groups: z.nullish(z.array(z.unknown())),
      creation_time: time,
      last_change_time: time,
    }),
  ),
})
type BugzillaBug = z.output<typeof bugzillaAnswer>['bugs'][number]
const bugzillaPage = 200

const bugzilla: TrackerApi = {
  isPublic: async () => true,
  root: (url) => `${url.origin}${url.pathname.replace(/\/+$/, '')}/rest`,
  headers: (token) => ({ 'x-bugzilla-api-key': token }),
  first: (since) => ({ since, at: 0 }),
  /** In the order of IDs; `at` is the last ID. */
  async page(client, url, { since, at }, hasToken) {
    const query = new URLSearchParams({
      include_fields:
        'id,summary,status,resolution,is_open,cf_crash_signature,groups,creation_time,last_change_time',
      order: 'bug_id',
      limit: String(bugzillaPage),
      f1: 'bug_id',
      o1: 'greaterthan',
      v1: String(at),
    })
    if (since === null) {
      query.set('f2', 'cf_crash_signature')
      query.set('o2', 'isnotempty')
    }
    // No condition on signatures: a changed bug may have lost them.
    else query.set('last_change_time', since.replace(/\.\d+/, '').replace('+00:00', 'Z'))
    const { bugs } = read(bugzillaAnswer, await client.get('bug', query), url)
    const last = bugs.reduce((most, { id }) => Math.max(most, id), at)
    // Servers may have a smaller page, so only an empty one is the last. One that repeats bugs never ends.
    const next = bugs.length > 0 && last > at ? { since, at: last } : null
    return { bugs: bugs.map((bug) => bugzillaBug(bug, url, hasToken)), next }
  },
}

function bugzillaBug(bug: BugzillaBug, url: string, hasToken: boolean): Bug {
  return {
    id: String(bug.id),
    url: `${url}/show_bug.cgi?id=${bug.id}`,
    status: bug.status ?? null,
    resolution: bug.resolution || null,
    is_open: bug.is_open ?? (bug.resolution == null ? null : bug.resolution === ''),
    summary: bug.summary ?? null,
    signatures: signaturesIn(bug.cf_crash_signature ?? ''),
    // What a request without a token sees is public. With one, only an empty list shows that it is.
    is_private: hasToken && bug.groups?.length !== 0,
    reported_at: bug.creation_time ?? null,
    changed_at: bug.last_change_time ?? null,
  }
}

/** GitHub and GitLab: in the order of changes, from the time of the last one; `at` is the page of that time. */
function nextByChange<Item>(
  items: readonly Item[],
  changedAt: (item: Item) => IsoTime | null | undefined,
  cursor: Cursor,
  perPage: number,
): Cursor | null {
  const last = items.length < perPage ? null : changedAt(items.at(-1)!)
  if (last == null) return null
  return last === cursor.since ? { since: last, at: cursor.at + 1 } : { since: last, at: 1 }
}

const githubIssues = z.array(
  z.object({
    number: z.int(),
    title: text,
    body: text,
    state: text,
    state_reason: text,
    pull_request: z.optional(z.unknown()),
    created_at: time,
    updated_at: time,
  }),
)
const githubRepository = z.object({ private: z.boolean() })
const githubPage = 100

const repositoryPath = (url: string) => new URL(url).pathname.replace(/^\/|\/+$/g, '').replace(/\.git$/, '')

const github: TrackerApi = {
  async isPublic(client, url, hasToken) {
    if (!hasToken) return true
    return !read(githubRepository, await client.get(`repos/${repositoryPath(url)}`), url).private
  },
  root: ({ host, origin }) => (host === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`),
  headers: (token) => ({ authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28' }),
  first: (since) => ({ since, at: 1 }),
  async page(client, url, cursor) {
    const query = new URLSearchParams({
      state: 'all',
      sort: 'updated',
      direction: 'asc',
      per_page: String(githubPage),
      page: String(cursor.at),
    })
    if (cursor.since) query.set('since', cursor.since.replace('+00:00', 'Z'))
    const issues = read(githubIssues, await client.get(`repos/${repositoryPath(url)}/issues`, query), url)
    const bugs = issues.filter(({ pull_request }) => pull_request === undefined)
    return {
      bugs: bugs.map((issue) => ({
        id: String(issue.number),
        url: `${url}/issues/${issue.number}`,
        status: issue.state ?? null,
        resolution: issue.state_reason ?? null,
        is_open: issue.state == null ? null : issue.state === 'open',
        summary: issue.title ?? null,
        signatures: proseSignatures(issue.title, issue.body),
        is_private: false,
        reported_at: issue.created_at ?? null,
        changed_at: issue.updated_at ?? null,
      })),
      next: nextByChange(issues, ({ updated_at }) => updated_at, cursor, githubPage),
    }
  },
}

const proseSignatures = (title: string | null | undefined, body: string | null | undefined) =>
  signaturesInProse(`${title ?? ''}\n${body ?? ''}`)

const gitlabIssues = z.array(
  z.object({
    iid: z.int(),
    title: text,
    description: text,
    state: text,
    confidential: z.nullish(z.boolean()),
    created_at: time,
    updated_at: time,
  }),
)
const gitlabProject = z.object({ visibility: text, issues_access_level: text })
/** A description has up to 1 MiB. */
const gitlabPage = 20

const projectPath = (url: string) => `projects/${encodeURIComponent(repositoryPath(url))}`

const gitlab: TrackerApi = {
  async isPublic(client, url, hasToken) {
    if (!hasToken) return true
    const project = read(gitlabProject, await client.get(projectPath(url)), url)
    return project.visibility === 'public' && project.issues_access_level !== 'private'
  },
  root: ({ origin }) => `${origin}/api/v4`,
  headers: (token) => ({ 'private-token': token }),
  first: (since) => ({ since, at: 1 }),
  async page(client, url, cursor, hasToken) {
    const query = new URLSearchParams({
      scope: 'all',
      order_by: 'updated_at',
      sort: 'asc',
      per_page: String(gitlabPage),
      page: String(cursor.at),
    })
    if (cursor.since) query.set('updated_after', cursor.since.replace('+00:00', 'Z'))
    const issues = read(gitlabIssues, await client.get(`${projectPath(url)}/issues`, query), url)
    return {
      bugs: issues.map((issue) => ({
        id: String(issue.iid),
        url: `${url}/-/issues/${issue.iid}`,
        status: issue.state ?? null,
        resolution: null,
        is_open: issue.state == null ? null : issue.state === 'opened',
        summary: issue.title ?? null,
        signatures: proseSignatures(issue.title, issue.description),
        is_private: hasToken && issue.confidential !== false,
        reported_at: issue.created_at ?? null,
        changed_at: issue.updated_at ?? null,
      })),
      next: nextByChange(issues, ({ updated_at }) => updated_at, cursor, gitlabPage),
    }
  },
}

export const trackerApis: Readonly<Record<BugTracker['kind'], TrackerApi>> = { bugzilla, github, gitlab }
