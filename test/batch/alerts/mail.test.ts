// How alerts reach a mail server, by its address.
import { describe, expect, test } from 'vitest'
import { connectionTo } from '../../../batch/alerts/delivery/mail.ts'

describe('the connection to a mail server', () => {
  test.each([
    ['smtp://mail.example.org', false, { port: 587, secure: false, requireTLS: true }],
    ['smtp://mail.example.org:25', false, { port: 25, secure: false, requireTLS: true }],
    ['smtp://10.0.0.1:2525', true, { host: '10.0.0.1', port: 2525, secure: false, requireTLS: false }],
    ['smtps://mail.example.org', false, { port: 465, secure: true, requireTLS: false }],
    ['smtps://[::1]:4650', true, { host: '::1', port: 4650, secure: true, requireTLS: false }],
    [
      'smtps://crash%40example.org:a%3Ab@mail.example.org',
      false,
      { port: 465, secure: true, requireTLS: false, auth: { user: 'crash@example.org', pass: 'a:b' } },
    ],
  ])('%s, in a private network: %s', (url, isPrivate, expected) => {
    expect(connectionTo(new URL(url), { isPrivate })).toEqual({ host: 'mail.example.org', ...expected })
  })
})
