// Events as annotations: the table, and protection against inherited properties.
import { describe, expect, test } from 'vitest'
import { annotationByName } from '../../../shared/fields/fields.ts'
import { annotationsFrom, eventIdOf, joinBreadcrumbFiles } from '../../../shared/sentry/event.ts'
import { takeFormEvent } from '../../../shared/sentry/form.ts'
import { MergedObject } from '../../../shared/sentry/json.ts'
import { keyOfDsn, publicKeyOf } from '../../../shared/sentry/key.ts'

const said = (event: Record<string, unknown>, more = {}) =>
  Object.fromEntries(annotationsFrom({ event, breadcrumbs: [], feedback: {}, ...more }))

describe('a release', () => {
  test.each([
    ['app@1.2.3+build', 'app', '1.2.3', 'build'],
    ['com.example.app@1.2.3', 'com.example.app', '1.2.3', undefined],
    ['@scope/app@1.0+a+b', '@scope/app', '1.0', 'a+b'],
    ['1.2.3+4', undefined, '1.2.3', '4'],
    ['1.2.3', undefined, '1.2.3', undefined],
    ['app@', 'app', undefined, undefined],
    ['@1.0', undefined, '1.0', undefined],
    ['test-example-release', undefined, 'test-example-release', undefined],
    ['', undefined, undefined, undefined],
  ])('%s names product, version and build', (release, product, version, build) => {
    const { ProductName, Version, BuildID } = said({ release })
    expect([ProductName, Version, BuildID]).toEqual([product, version, build])
  })

  test('without product or version uses the distribution and the context of the app', () => {
    const app = { app_name: 'Editor', app_version: '1.0', app_build: '77' }
    expect(said({ contexts: { app } })).toMatchObject({
      ProductName: 'Editor',
      Version: '1.0',
      BuildID: '77',
    })
    expect(said({ dist: '99', contexts: { app } }).BuildID).toBe('99')
    expect(said({ release: 'a@2', dist: 99 })).toMatchObject({
      ProductName: 'a',
      Version: '2',
      BuildID: '99',
    })
  })
})

describe('the table', () => {
  test('uses annotations of the catalog; those with another meaning than the field are protected', () => {
    const everything = said(
      {
        event_id: 'a',
        release: 'a@1+2',
        environment: 'e',
        timestamp: 1,
        user: { id: '1', email: 'e' },
        tags: { 'event.process': 'gpu' },
        extra: { a: 1 },
        contexts: { app: { app_start_time: '1970-01-01T00:00:09Z' }, culture: { locale: 'de' } },
      },
      { feedback: { comments: 'c', name: 'n' }, breadcrumbs: [{ message: 'm' }] },
    )
    const rows = Object.keys(everything).map((name) => [name, annotationByName(name)?.access ?? 'protected'])
    expect(Object.fromEntries(rows)).toEqual({
      ProductName: 'public',
      Version: 'public',
      BuildID: 'public',
      ReleaseChannel: 'public',
      ProcessType: 'public',
      CrashTime: 'public',
      StartupTime: 'public',
      useragent_locale: 'public',
      Breadcrumbs: 'protected',
      Comments: 'protected',
      Email: 'protected',
      SentryContexts: 'protected',
      SentryEvent: 'protected',
      SentryEventID: 'protected',
      SentryExtra: 'protected',
      SentryFeedback: 'protected',
      SentryTags: 'protected',
      SentryUser: 'protected',
    })
    expect(Object.keys(everything).every((name) => annotationByName(name))).toBe(true)
    expect(everything).toMatchObject({ CrashTime: '1', StartupTime: '9', Comments: 'c', ProcessType: 'gpu' })
  })

  test('keeps everything of an event except the address of the user', () => {
    const event = {
      level: 'fatal',
      sdk: { name: 's' },
      unheard_of: [1],
      user: { id: '1', email: 'e@x' },
      tags: { a: 'b' },
    }
    const { SentryEvent, SentryUser, SentryTags, Email } = said(event)
    const kept = { ...JSON.parse(SentryEvent!), user: JSON.parse(SentryUser!), tags: JSON.parse(SentryTags!) }
    expect(kept).toEqual({ ...event, user: { id: '1' } })
    expect(Email).toBe('e@x')
  })

  test.each([
    ['nothing', {}, {}],
    ['values of wrong kinds', { release: {}, environment: [], timestamp: 'soon', user: 'x', tags: 1 }, {}],
    ['empty values', { release: '', tags: {}, contexts: {}, user: {}, breadcrumbs: [] }, {}],
    [
      'an unknown process',
      { tags: { 'event.process': 'unknown' } },
      { SentryTags: '{"event.process":"unknown"}' },
    ],
    ['an out-of-range time', { timestamp: Number.POSITIVE_INFINITY }, {}],
    ['tags as pairs', { tags: [['a', 'b'], ['c'], 'd', [1, 2]] }, { SentryTags: '{"a":"b"}' }],
  ])('maps the valid parts of %s', (_, event, expected) => {
    const { SentryEvent, ...rest } = said(event)
    expect(rest).toEqual(expected)
  })

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'treats %s like any other name',
    (name) => {
      const named = JSON.parse(`{"${name}":"x"}`)
      const event = JSON.parse(`{"${name}":"x","tags":{"${name}":"x"},"contexts":{"app":{"${name}":"x"}}}`)
      const annotations = said(event, { feedback: named })
      expect(Object.keys(annotations).sort()).toEqual([
        'SentryContexts',
        'SentryEvent',
        'SentryFeedback',
        'SentryTags',
      ])
      expect(annotations.SentryTags).toBe(`{"${name}":"x"}`)
      const fields = new Map([
        [`sentry[${name}][${name}]`, 'x'],
        [`sentry[tags][${name}]`, 'y'],
        [`sentry___${name}`, `{"tags":{"${name}":"z","more":1}}`],
      ])
      const form = takeFormEvent(fields).event
      expect(JSON.stringify(form)).toBe(`{"tags":{"${name}":"y","more":1},"${name}":{"${name}":"x"}}`)
      expect(Object.getPrototypeOf(form)).toBe(Object.prototype)
    },
  )
})

describe('breadcrumbs', () => {
  const crumb = (second: number) => ({ timestamp: `2026-01-01T00:00:0${second}Z` })

  test.each([
    ['the older file first', [crumb(1), crumb(2)], [crumb(3)], [crumb(2), crumb(3)]],
    ['with the newer one first', [crumb(3)], [crumb(1), crumb(2)], [crumb(2), crumb(3)]],
    ['one file alone', [], [crumb(1)], [crumb(1)]],
    ['none', [], [], []],
  ])('of two files are joined: %s', (_, one, two, expected) => {
    expect(joinBreadcrumbFiles(one, two)).toEqual(expected)
  })

  test('have texts where batch expects texts', () => {
    const crumbs = [
      { message: 'm', level: null },
      { timestamp: 0.5, message: 7, level: null, data: { a: 1 } },
      'x',
      null,
      { timestamp: 1e300 },
    ]
    expect(JSON.parse(said({ breadcrumbs: { values: crumbs } }).Breadcrumbs!)).toEqual([
      { message: 'm' },
      { timestamp: '1970-01-01T00:00:00.500Z', message: '7', data: { a: 1 } },
      { timestamp: '1e+300' },
    ])
  })
})

describe('the event in form fields', () => {
  const take = (fields: Record<string, string>) => takeFormEvent(new Map(Object.entries(fields)))

  test('is assembled from pieces', () => {
    const { event, annotations } = take({
      a: '1',
      sentry__1: '{"release":',
      sentry__2: '"app@1"}',
      sentry__x: 'kept',
    })
    expect(event).toEqual({ release: 'app@1' })
    expect(Object.fromEntries(annotations)).toEqual({ a: '1', sentry__x: 'kept' })
  })

  test('prefers pieces to brackets, and brackets to scopes', () => {
    const fields = {
      'sentry[environment]': 'brackets',
      'sentry[tags][b]': 'brackets',
      sentry: '{"environment":"whole"}',
      sentry___initialScope: '{"environment":"scope","tags":{"a":"scope","b":"scope"}}',
    }
    expect(take(fields).event).toEqual({ environment: 'whole', tags: { a: 'scope', b: 'brackets' } })
  })

  test('stays an annotation when it cannot be read', () => {
    const fields = {
      sentry: '{"a":',
      sentry___scope: '[]',
      [`sentry${'[a]'.repeat(8)}`]: 'deep',
      'sentry[a': 'open',
    }
    const { event, annotations, unread } = take(fields)
    expect([event, unread]).toEqual([{}, ['sentry', 'sentry___scope']])
    expect(Object.fromEntries(annotations)).toEqual(fields)
  })

  test('takes time linear in the number of fields', () => {
    const fields = new Map<string, string>()
    for (let i = 0; i < 20_000; i++)
      fields.set(`sentry[a][k${i}]`, 'x').set(`sentry___s${i}`, `{"a":{"s${i}":1}}`)
    const { a } = takeFormEvent(fields).event as { a: object }
    expect(Object.keys(a)).toHaveLength(40_000)
  })
})

test('objects are merged by key, and other values replaced', () => {
  const merged = new MergedObject()
  merged.add({ a: { b: 1, c: [1] }, d: 1 })
  merged.set(['a', 'b'], 2)
  merged.set(['d', 'e'], 3)
  merged.add({ a: { c: [2] }, d: { f: 4 } })
  expect(merged.toObject()).toEqual({ a: { b: 2, c: [2] }, d: { e: 3, f: 4 } })
})

describe('public keys', () => {
  test.each<[string, Record<string, string>, string | null]>([
    ['?sentry_key=abc', {}, 'abc'],
    ['?sentry_client=sentry.native/0.13.1&sentry_key=a-b_1', {}, 'a-b_1'],
    ['', { 'x-sentry-auth': 'Sentry sentry_key=abc, sentry_version=7, sentry_client=x/1' }, 'abc'],
    ['', { 'x-sentry-auth': 'Sentry sentry_version=7,sentry_key = abc' }, 'abc'],
    ['', { authorization: 'Sentry sentry_key=abc' }, 'abc'],
    ['', { authorization: 'Bearer sentry_key=abc' }, null],
    ['?sentry_key=abc', { 'x-sentry-auth': 'Sentry sentry_key=def' }, 'abc'],
    ['?sentry_key=a%20b', {}, null],
    [`?sentry_key=${'a'.repeat(101)}`, {}, null],
    ['?sentry_key=', {}, null],
    ['', {}, null],
  ])('are found in %s and %j', (query, headers, expected) => {
    expect(publicKeyOf(`https://crash.example/api/1/envelope/${query}`, new Headers(headers))).toBe(expected)
  })

  test.each([
    ['https://abc@crash.example/1', 'abc'],
    ['https://abc:@crash.example/1', 'abc'],
    ['https://abc:secret@crash.example/prefix/1', 'abc'],
    ['https://crash.example/1', null],
    ['nonsense', null],
    ['', null],
    [null, null],
  ])('are found in the DSN %s', (dsn, expected) => {
    expect(keyOfDsn(dsn)).toBe(expected)
  })
})

test.each([
  ['2dd132e4-6717-4db4-8dba-ddabd3cbed57', '2dd132e467174db48dbaddabd3cbed57'],
  ['2DD132E467174DB48DBADDABD3CBED57', '2dd132e467174db48dbaddabd3cbed57'],
  ['2dd132e4', null],
  ['', null],
  [null, null],
])('the event id %s is %s', (text, expected) => {
  expect(eventIdOf(text)).toBe(expected)
})
