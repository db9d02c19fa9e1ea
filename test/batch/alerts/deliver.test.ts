// Deliveries to local servers: once each, again after failures, never twice.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deliverAlerts } from '../../../batch/alerts/delivery/deliver.ts'
import { type Destination, parseDestinations } from '../../../batch/alerts/delivery/destinations.ts'
import { sendMail } from '../../../batch/alerts/delivery/mail.ts'
import { messageOf } from '../../../batch/alerts/delivery/message.ts'
import { postWebhook } from '../../../batch/alerts/delivery/webhook.ts'
import { rememberFound } from '../../../batch/alerts/memory-store.ts'
import { type Candidate, everything } from '../../../batch/alerts/product-facts.ts'
import { type Product, parseProduct } from '../../../batch/products/product-file.ts'
import type { Alert } from '../../../shared/alerts/alert.ts'
import { alertDestinationKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import {
  type MailReceiver,
  type Receiver,
  startMailReceiver,
  startReceiver,
} from '../../support/receivers.ts'

const hostile = 'a<!channel>&*b*|`c`\u202e\n[x](http://evil.example)'
const start = Date.parse('2026-10-21T12:00:00Z')
const minute = 60_000

let receiver: Receiver
let crashes: Storage
let now: Date

const candidate = (subject: string): Candidate => ({
  ...everything,
  ...{ product: 'Lumen', rule: 'rising', subject, day: '2026-10-21', value: 0.1, usual: 0.01 },
})
const raise = (...subjects: string[]) =>
  rememberFound(crashes, { candidates: subjects.map(candidate), day: '2026-10-21', now })
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * minute)
}
const deliver = (setting: string, products = new Map<string, Product>()) =>
  deliverAlerts(crashes, {
    destinations: parseDestinations(setting)!,
    ...{ products, dashboard: 'https://crashes.example.org/', now: () => now, mailServer: null },
    wait: { sleep: async () => {} },
  })
/** The subjects in each message. */
const subjects = () =>
  receiver.received.map(({ body }) => (body as { alerts: Alert[] }).alerts.map(({ subject }) => subject))

beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver[Symbol.asyncDispose]())
beforeEach(() => {
  receiver.received = []
  receiver.failures = []
  crashes = createMemoryStorage()
  now = new Date(start)
})

describe('a destination', () => {
  test('receives each alert once, those of a round in one message', async () => {
    const setting = `ops=json:${receiver.url}/hook?token=x`
    await raise('a', 'b')
    expect(await deliver(setting)).toMatchObject({ sent: 1, alerts: 2, failures: [] })
    expect(await deliver(setting)).toMatchObject({ sent: 0 })
    later(10)
    await raise('a', 'c')
    await deliver(setting)
    expect(subjects()).toEqual([['a', 'b'], ['c']])
    expect(receiver.received[0]).toMatchObject({
      path: '/hook?token=x',
      body: {
        version: 1,
        text: '2 alerts: Lumen',
        alerts: [
          {
            rule: 'rising',
            text: 'a is rising: 10.0 % of crashes in 7 days, 1.0 % in the 7 days before',
            url: 'https://crashes.example.org/signature/?signature=a&product=Lumen',
          },
          {},
        ],
        more: 0,
      },
    })
  })

  test('that fails is tried three times, and again in a later round, with growing pauses', async () => {
    const setting = `ops=json:${receiver.url}`
    await raise('a')
    receiver.failures = Array.from({ length: 6 }, () => ({ status: 503, body: 'no\u001b[31m room' }))
    const { failures } = await deliver(setting)
    expect(failures).toEqual([
      { destination: 'ops', error: `${new URL(receiver.url).host} answered 503 (no\\u001b[31m room)` },
    ])
    expect(receiver.received).toHaveLength(3)
    // Too early.
    await deliver(setting)
    expect(receiver.received).toHaveLength(3)
    later(1)
    expect((await deliver(setting)).failures).toHaveLength(1)
    later(1.5)
    await raise('b')
    await deliver(setting)
    expect(receiver.received).toHaveLength(6)
    later(0.5)
    expect(await deliver(setting)).toMatchObject({ sent: 1, alerts: 2 })
    expect(subjects().at(-1)).toEqual(['a', 'b'])
  })

  test('that closes connections gets the message in the next attempt, with the same key', async () => {
    await raise('a')
    receiver.failures = ['hang']
    expect(await deliver(`ops=json:${receiver.url}`)).toMatchObject({ sent: 1, failures: [] })
    const keys = receiver.received.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(2)
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[1]).toBe(keys[0])
  })

  test('does not stop the others', async () => {
    await raise('a')
    const report = await deliver(
      `bad=json:http://127.0.0.1:1/ mail=mail:a@example.org ops=json:${receiver.url}`,
    )
    expect(report).toMatchObject({ sent: 1, failures: [{}, {}] })
    expect(subjects()).toEqual([['a']])
  })

  test('that redirects gets nothing at the other address, and errors do not have the secret path', async () => {
    await raise('a')
    receiver.failures = [{ status: 307, headers: { location: `${receiver.url}/elsewhere` } }]
    const { failures } = await deliver(`ops=json:${receiver.url}/secret`)
    expect(receiver.received.map(({ path }) => path)).toEqual(['/secret'])
    expect(failures[0]!.error).toMatch(/redirects, which is not followed/)
    expect(failures[0]!.error).not.toContain('secret')
  })

  test('that is new receives the alerts of the last day only', async () => {
    await raise('old')
    later(25 * 60)
    await raise('new')
    await deliver(`ops=json:${receiver.url}`)
    expect(subjects()).toEqual([['new']])
  })

  test('receives at most 20 alerts in a message, and the number of the others', async () => {
    for (let round = 0; round < 6; round++) {
      await raise(...Array.from({ length: 5 }, (_, place) => `s${round}-${place}`))
      later(1)
    }
    await deliver(`ops=json:${receiver.url}`)
    expect(receiver.received).toHaveLength(1)
    expect(receiver.received[0]!.body).toMatchObject({ text: '30 alerts: Lumen', more: 10 })
    expect(subjects()[0]).toHaveLength(20)
  })
})

describe('of product files', () => {
  const product = (alerts: object) =>
    new Map([['Lumen', parseProduct('lumen.json', JSON.stringify({ name: 'Lumen', alerts }))]])

  test('destinations choose who receives alerts, and unknown ones are reported', async () => {
    await raise('a')
    const setting = `ops=json:${receiver.url}/ops team=json:${receiver.url}/team`
    const report = await deliver(setting, product({ destinations: ['team', 'tem'] }))
    expect(receiver.received.map(({ path }) => path)).toEqual(['/team'])
    expect(report.unknown).toEqual(['tem'])
  })

  test('a mute applies to what was raised before, too', async () => {
    await raise('a', 'b')
    await deliver(`ops=json:${receiver.url}`, product({ mute: [{ signature: 'a' }] }))
    expect(subjects()).toEqual([['b']])
  })
})

describe('a run that died while it sent', () => {
  test('does not make the next one send the message again, which reports it', async () => {
    const setting = `ops=json:${receiver.url}`
    const { raised } = await raise('a')
    const state = {
      ...{ version: 1, sent_to: '2026-10-20', sending: { to: raised[0]!.at, at: now.toISOString() } },
      ...{ last_sent_at: null, failures: 0, last_error: null, not_before: null },
    }
    await crashes.put(alertDestinationKey('ops'), new TextEncoder().encode(JSON.stringify(state)))
    // It may still be alive.
    expect(await deliver(setting)).toMatchObject({ sent: 0, failures: [] })
    later(10)
    expect((await deliver(setting)).failures[0]!.error).toMatch(
      /ended before the answer; they are not sent again/,
    )
    await raise('b')
    await deliver(setting)
    expect(subjects()).toEqual([['b']])
  })

  test('two runs at the same time send a message once', async () => {
    await raise('a')
    await Promise.all([deliver(`ops=json:${receiver.url}`), deliver(`ops=json:${receiver.url}`)])
    expect(receiver.received).toHaveLength(1)
  })
})

describe('names from strangers', () => {
  const send = async (kind: string) => {
    await raise(hostile)
    await deliver(`ops=${kind}:${receiver.url}`)
    return receiver.received[0]!.body as {
      text: string
      attachments: { contentType: string; content: object }[]
    }
  }

  test('never become markup for Slack', async () => {
    const { text } = await send('slack')
    expect(text).toMatch(
      /^• <https:\/\/crashes\.example\.org\/signature\/\?signature=[^<>|\s]+\|Lumen>: a&lt;!channel&gt;&amp;\*\u200bb\*\u200b\|`\u200bc`\u200b\\u202e \[x\]/,
    )
    expect(text.split('\n')).toHaveLength(1)
  })

  test('are text runs, which have no markup, for Teams', async () => {
    const [attachment] = (await send('teams')).attachments
    expect(attachment!.contentType).toBe('application/vnd.microsoft.card.adaptive')
    expect(attachment!.content).toMatchObject({
      type: 'AdaptiveCard',
      body: [
        {
          type: 'RichTextBlock',
          inlines: [
            { text: 'Rising signature ' },
            { text: 'Lumen: ' },
            {
              text: expect.stringContaining('[x](http://evil.example)'),
              selectAction: { type: 'Action.OpenUrl' },
            },
          ],
        },
      ],
    })
  })
})

describe('e-mail', () => {
  let mail: MailReceiver
  beforeAll(async () => {
    mail = await startMailReceiver('mayday', 'p:ss')
  })
  afterAll(() => mail[Symbol.asyncDispose]())

  const urlOf = (password: string) => mail.url.replace('//', `//mayday:${encodeURIComponent(password)}@`)
  const message = async () =>
    messageOf((await raise(hostile)).raised, { dashboard: 'https://crashes.example.org/' })

  test('is plain text with a subject of one line', async () => {
    const server = { url: urlOf('p:ss'), from: 'mayday@example.org' }
    await sendMail(server, 'a@example.org,b@example.org', await message())
    const [{ to, source }] = mail.received as [MailReceiver['received'][number]]
    expect(to).toEqual(['a@example.org', 'b@example.org'])
    expect(source).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m)
    expect(source).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    expect(source).toMatch(/^Message-ID: <[0-9a-f]{32}@example\.org>\r$/m)
    expect(source).toMatch(/^Subject: \[Mayday\] Lumen: a<!channel>/m)
    expect(source).toContain('https://crashes.example.org/signature/?signature')
  })

  test('that the server refuses gives an error without the password', async () => {
    const failed = sendMail(
      { url: urlOf('wr0ng'), from: 'mayday@example.org' },
      'a@example.org',
      await message(),
    )
    await expect(failed).rejects.toThrow(/^The mail server 127\.0\.0\.1:\d+ failed: .*wrong password/)
    await expect(failed).rejects.not.toThrow(/wr0ng/)
  })
})

test.each<[string, Destination[] | null]>([
  [
    'ops=slack:https://hooks.example.org/a',
    [{ name: 'ops', kind: 'slack', target: 'https://hooks.example.org/a' }],
  ],
  [
    ' a=mail:x@example.org,y@example.org\n b=json:https://h/ ',
    [
      { name: 'a', kind: 'mail', target: 'x@example.org,y@example.org' },
      { name: 'b', kind: 'json', target: 'https://h/' },
    ],
  ],
  ['ops=slack', null],
  ['ops=pager:https://h/', null],
  ['ops=json:ftp://h/', null],
  ['ops=mail:not-an-address', null],
  ['a=json:https://h/ a=json:https://i/', null],
])('the setting %j', (text, destinations) => {
  const parsed = parseDestinations(text)
  expect(parsed && [...parsed.values()]).toEqual(destinations)
})

test('a public address without https is refused before anything is sent', async () => {
  const refused = postWebhook('http://hooks.example.org/secret', { body: {}, id: '' })
  await expect(refused).rejects.toThrow('hooks.example.org must have an https address: its path is secret')
})
