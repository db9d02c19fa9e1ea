// Messages and feeds in every form, and which answers of a webhook are tried again.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dueAlerts } from '../../../batch/alerts/delivery/deliver.ts'
import { parseDestinations, shownTarget } from '../../../batch/alerts/delivery/destinations.ts'
import { messageOf, textOf } from '../../../batch/alerts/delivery/message.ts'
import { postWebhook } from '../../../batch/alerts/delivery/webhook.ts'
import { webhookBody } from '../../../batch/alerts/delivery/webhook-bodies.ts'
import { atomFeed } from '../../../batch/alerts/feed.ts'
import { everything } from '../../../batch/alerts/product-facts.ts'
import type { Alert } from '../../../shared/alerts/alert.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { type Receiver, startReceiver } from '../../support/receivers.ts'

const alert = (changes: Partial<Alert> = {}): Alert => ({
  ...everything,
  ...{ id: '0123456789abcdef0123456789abcdef', at: '2026-10-21T12:00:00.000Z', more: 0 },
  ...{ product: 'Lumen', rule: 'spike', subject: '', day: '2026-10-21', value: 2500, usual: 1000 },
  ...changes,
})
const text = '2,500 crashes on 21 Oct; 1,000 a day are usual'
const dashboard = 'https://crashes.example.org/'
const url = `${dashboard}?product=Lumen`
const many = Array.from({ length: 21 }, () => alert())

describe('a message', () => {
  test.each<[string, Alert[], string]>([
    ['one alert', [alert()], `Lumen: ${text}`],
    ['three products', ['a', 'b', 'c', 'a'].map((product) => alert({ product })), '4 alerts: a, b, c'],
    ['four products', ['a', 'b', 'c', 'd'].map((product) => alert({ product })), '4 alerts: a, b, c, …'],
  ])('about %s has this subject', (_, alerts, subject) => {
    expect(messageOf(alerts, { dashboard }).subject).toBe(subject)
    expect(messageOf(alerts, { dashboard, isTest: true }).subject).toBe(`Test: ${subject}`)
  })

  test('has a subject of at most 200 characters, and an ID of its alerts', () => {
    const long = alert({ product: '𝄞'.repeat(300) })
    expect(Array.from(messageOf([long], { dashboard }).subject)).toHaveLength(200)
    const { id } = messageOf([alert()], { dashboard })
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(messageOf([alert()], { dashboard: null }).id).toBe(id)
    expect(messageOf([alert({ id: '1' })], { dashboard }).id).not.toBe(id)
  })

  test('as text has an entry for each alert, and then what is not listed and the dashboard', () => {
    const entry = `Spike\nLumen: ${text}\n`
    expect(textOf(messageOf([alert()], { dashboard: null }))).toBe(entry)
    expect(textOf(messageOf([alert(), alert()], { dashboard }))).toBe(
      `${entry}${url}\n\n${entry}${url}\n\n${dashboard}\n`,
    )
    expect(textOf(messageOf(many, { dashboard: null }))).toBe(
      `${Array(20).fill(entry).join('\n')}\nand 1 more alert\n`,
    )
  })

  test('as JSON has the alerts with their text and page', () => {
    const message = messageOf([alert()], { dashboard })
    expect(webhookBody('json', message)).toEqual({
      ...{ version: 1, id: message.id, test: false, text: `Lumen: ${text}`, dashboard, more: 0 },
      alerts: [{ ...alert(), text, url }],
    })
  })

  test('for Slack', () => {
    expect(webhookBody('slack', messageOf([alert()], { dashboard, isTest: true }))).toEqual({
      text: `Test message\n• <${url}|Lumen>: ${text}`,
      unfurl_links: false,
    })
    const { text: listed } = webhookBody('slack', messageOf(many, { dashboard: null })) as { text: string }
    expect(listed).toBe(`${`• Lumen: ${text}\n`.repeat(20)}and 1 more alert`)
  })

  test('for Teams', () => {
    const bodyOf = (alerts: Alert[], options: Parameters<typeof messageOf>[1]) =>
      webhookBody('teams', messageOf(alerts, options))
    const block = (text: string) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] })
    const entry = (link: object) => ({
      type: 'RichTextBlock',
      inlines: [
        { type: 'TextRun', text: 'Spike ', isSubtle: true },
        { type: 'TextRun', text: 'Lumen: ', weight: 'Bolder' },
        { type: 'TextRun', text, ...link },
      ],
    })
    const card = (body: object[]) => ({
      type: 'message',
      attachments: [
        {
          ...{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null },
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            ...{ type: 'AdaptiveCard', version: '1.4', msteams: { width: 'Full' }, body },
          },
        },
      ],
    })
    const linked = entry({ selectAction: { type: 'Action.OpenUrl', url } })
    expect(bodyOf([alert()], { dashboard, isTest: true })).toEqual(card([block('Test message'), linked]))
    expect(bodyOf(many, { dashboard: null })).toEqual(
      card([...Array(20).fill(entry({})), block('and 1 more alert')]),
    )
  })
})

describe('a feed', () => {
  test('has an entry for each alert', () => {
    const entry = alert({ product: `A&B <"'\u0000` })
    const options = {
      product: 'Lumen',
      path: 'alerts/lumen.xml',
      since: '2026-01-01T00:00:00.000Z',
      dashboard,
    }
    expect(atomFeed([entry], options)).toBe(`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>Crash alerts: Lumen</title>
  <id>urn:uuid:efe2b2bb-d2c9-8f0d-89f2-c40f973a9a6a</id>
  <updated>2026-10-21T12:00:00.000Z</updated>
  <author><name>Mayday</name></author>
  <link rel="self" type="application/atom+xml" href="https://crashes.example.org/alerts/lumen.xml"/>
  <link rel="alternate" type="text/html" href="https://crashes.example.org/?product=Lumen"/>
  <entry>
    <title>A&amp;B &lt;&quot;&#39;\ufffd: ${text}</title>
    <id>urn:uuid:01234567-89ab-8def-8123-456789abcdef</id>
    <updated>2026-10-21T12:00:00.000Z</updated>
    <category term="spike" label="Spike"/>
    <link rel="alternate" type="text/html" href="https://crashes.example.org/?product=A%26B+%3C%22%27%00"/>
    <summary>A&amp;B &lt;&quot;&#39;\ufffd: ${text}</summary>
  </entry>
</feed>
`)
  })

  test('of all products without alerts began when the memory did; its links are relative to it', () => {
    const since = '2026-01-01T00:00:00.000Z'
    const feed = atomFeed([], { product: null, path: 'aggregates/v4/feed.xml', since, dashboard: null })
    expect(feed).toContain('<title>Crash alerts</title>')
    expect(feed).toContain(`<updated>${since}</updated>`)
    expect(feed).toContain(
      '<link rel="self" type="application/atom+xml" href="../../aggregates/v4/feed.xml"/>',
    )
    expect(feed).toContain('<link rel="alternate" type="text/html" href="../../"/>')
    expect(feed).not.toContain('<entry>')
    const full = atomFeed(Array(60).fill(alert()), { product: null, path: 'f', since, dashboard })
    expect(full.match(/<entry>/g)).toHaveLength(50)
  })
})

test('alerts are due for a week, once, and where their product wants them', () => {
  const [destination] = parseDestinations('ops=json:https://h/')!.values()
  const now = new Date('2026-10-28T12:00:00.000Z')
  const [week, days] = [new Date('2026-10-21T12:00:00.000Z'), new Date('2026-10-22T12:00:00.000Z')]
  const later = (time: Date, ms = 0) => isoTime(new Date(time.getTime() + ms))
  const due = (at: string, sent_to = '2026-01-01') =>
    dueAlerts([alert({ at })], { sent_to }, { destination: destination!, products: new Map(), now }).length
  expect(due(later(week))).toBe(1)
  expect(due(later(week, -1))).toBe(0)
  expect(due(later(days), later(days))).toBe(0)
  expect(due(later(days, 1), later(days))).toBe(1)
})

test('at most 50 destinations are set, and lists show hosts and addresses only', () => {
  const setting = (count: number) =>
    Array.from({ length: count }, (_, i) => `d${i}=json:https://h${i}/x`).join(' ')
  expect(parseDestinations(setting(50))?.size).toBe(50)
  expect(parseDestinations(setting(51))).toBeNull()
  expect(shownTarget({ name: 'a', kind: 'json', target: 'https://h:1/secret' })).toBe('h:1')
  expect(shownTarget({ name: 'a', kind: 'mail', target: 'a@h,b@h' })).toBe('a@h,b@h')
})

describe('a webhook that answers', () => {
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver[Symbol.asyncDispose]())
  beforeEach(() => {
    receiver.received = []
  })

  const redirected = 'redirects, which is not followed: use the address that it leads to'
  const secondsAfter = (value: string) => ({ 'retry-after': value })
  test.each<[number, Record<string, string>, string, number, number[]]>([
    [300, {}, redirected, 1, []],
    [399, {}, redirected, 1, []],
    [400, {}, 'answered 400 (why not)', 1, []],
    [408, {}, 'answered 408 (why not)', 3, []],
    [429, secondsAfter('7'), 'answered 429 (why not)', 3, [7000, 7000]],
    [499, {}, 'answered 499 (why not)', 1, []],
    [500, secondsAfter('-9'), 'answered 500 (why not)', 3, []],
    [503, secondsAfter('soon'), 'answered 503 (why not)', 3, []],
  ])('%d %j', async (status, headers, error, attempts, pauses) => {
    receiver.failures = Array.from({ length: attempts }, () => ({ status, headers, body: ' why\n not ' }))
    const slept: number[] = []
    const sleep = async (ms: number) => void slept.push(ms)
    const target = receiver.url.replace('//', '//user:p%40ss@')
    const sent = postWebhook(`${target}/secret`, { body: { a: 1 }, id: 'x' }, { sleep, random: () => 0 })
    await expect(sent).rejects.toThrow(`${new URL(receiver.url).host} ${error}`)
    expect(receiver.received).toHaveLength(attempts)
    expect(receiver.received[0]).toMatchObject({
      ...{ path: '/secret', body: { a: 1 } },
      headers: {
        ...{ 'content-type': 'application/json', 'user-agent': 'mayday', 'idempotency-key': 'x' },
        authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
      },
    })
    if (pauses.length > 0) expect(slept).toEqual(pauses)
    else expect(slept.every((ms) => ms < 7000)).toBe(true)
  })
})
