// POST /api/<project>/minidump/ and /api/<project>/envelope/, for unmodified native Sentry clients.
import { Refusal } from '../../shared/report/refusals.ts'
import { publicKeyOf } from '../../shared/sentry/key.ts'
import { readSentryEnvelope, readSentryMinidump, type SentryTools } from '../../shared/sentry/report.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Protocol } from './submit.ts'
import { sentryFamily } from './answers.ts'
import type { OpenReader } from './receive.ts'

/** The body formats of Sentry clients, each with its own path. */
export const sentryBodies = ['minidump', 'envelope'] as const
type SentryBody = (typeof sentryBodies)[number]

/** At Sentry, projects are numbers; here they may also be names. */
const projectName = /^[\w.-]{1,100}$/

/** How the request of a Sentry client is read and answered; null for a project that no DSN can contain. */
export function sentryProtocol(
  body: SentryBody,
  project: string | undefined,
  deps: EdgeDeps,
): Protocol | null {
  if (!project || !projectName.test(project)) return null
  const openReader: OpenReader = (request, tools) => {
    const sentryTools: SentryTools = {
      ...tools,
      project,
      key: publicKeyOf(request.url, request.headers),
      productOf: (key) => productOf(key, deps),
      onDropped: (type) => deps.metrics.record('sentry_dropped_total', 1, { type: labelOf(type) }),
    }
    return body === 'envelope' ? readSentryEnvelope(sentryTools) : readSentryMinidump(request, sentryTools)
  }
  return { openReader, family: sentryFamily }
}

function productOf(key: string | null, { config }: EdgeDeps): string | null {
  if (!config.sentryProjects) return null
  const product = key === null ? undefined : config.sentryProjects.get(key)
  if (product === undefined) throw new Refusal('unknown_sentry_key')
  return product
}

/** Types of items that are counted by name: https://develop.sentry.dev/sdk/foundations/transport/envelope-items/ */
const itemTypes: ReadonlySet<string> = new Set([
  'attachment',
  'check_in',
  'client_report',
  'event',
  'feedback',
  'log',
  'profile',
  'profile_chunk',
  'replay_event',
  'replay_recording',
  'replay_video',
  'session',
  'sessions',
  'span',
  'statsd',
  'trace_metric',
  'transaction',
  'user_report',
])
const labelOf = (type: string) => (itemTypes.has(type) ? type : 'other')
