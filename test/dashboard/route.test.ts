// Paths, queries, crash IDs and allowed links.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  homeHref,
  isCrashId,
  parseRoute,
  redirectOf,
  reportHref,
  safeHref,
  searchHref,
  signatureHref,
  topCrashersHref,
} from '../../dashboard/route.ts'

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('parseRoute', () => {
  test.each([
    ['/', { page: 'home' }],
    ['/index.html', { page: 'home' }],
    ['/topcrashers', { page: 'top-crashers' }],
    ['/topcrashers/', { page: 'top-crashers' }],
    ['/signature/', { page: 'signature' }],
    ['/api/', { page: 'api' }],
    ['/api', { page: 'api' }],
    ['/api/SuperSearch/', { page: 'not-found' }],
    [`/report/index/${id}`, { page: 'report', crashId: id }],
    [`/report/index/bp-${id}`, { page: 'report', crashId: id }],
    [`/report/index/${id}/`, { page: 'report', crashId: id }],
    [`/report/index/BP-${id.toUpperCase()}`, { page: 'report', crashId: id }],
    [`/report/pending/${id}`, { page: 'report', crashId: id }],
    ['/report/index/abc', { page: 'not-found' }],
    ['/report/index/0b34f1a2-6c1d-8a7e-9f00-5c2d1e130230', { page: 'not-found' }],
    ['/report/index/', { page: 'not-found' }],
    ['/search/', { page: 'search' }],
  ])('reads %s', (path, route) => expect(parseRoute(path)).toEqual(route))
})

describe('redirectOf', () => {
  test.each([
    ['/', null],
    [`/report/index/${id}`, null],
    [`/report/index/bp-${id}`, `/report/index/${id}`],
    [`/report/index/${id.toUpperCase()}`, `/report/index/${id}`],
    ['/home/product/Lumen%20Mobile', '/?product=Lumen+Mobile'],
    ['/home/product/100%', '/?product=100%25'],
    ['/home/products/Lumen/', '/?product=Lumen'],
    [`/search/quick/?query=bp-${id}`, `/report/index/${id}`],
    ['/search/quick/?query=OOM', '/signatures/?q=OOM'],
    ['/signature/?product=Lumen&signature=OOM', null],
    [
      '/signature/?product=Lumen&signature==OOM%20%7C%20small',
      '/signature/?product=Lumen&signature=OOM+%7C+small',
    ],
    ['/signature/?signature==', null],
    ['/topcrashers/?product=Lumen&version=1', null],
  ])('%s', (href, target) => {
    const { pathname, searchParams } = new URL(href, 'https://mayday.example')
    expect(redirectOf(pathname, searchParams)).toBe(target)
  })
})

describe('isCrashId', () => {
  test.each([
    [id, true],
    ['0b34f1a2-6c1d-8a7e-9f00-5c2d1e130802', true],
    ['0b34f1a2-6c1d-8a7e-9f00-5c2d1e130230', false],
    ['0b34f1a2-6c1d-8a7e-9f00-5c2d1e131301', false],
    [id.toUpperCase(), false],
    [`${id}0`, false],
    ['', false],
  ])('recognizes %s', (text, valid) => expect(isCrashId(text)).toBe(valid))
})

describe('searchHref', () => {
  test.each([
    [id, `/report/index/${id}`],
    [`  bp-${id} `, `/report/index/${id}`],
    [`https://crash-stats.example.org/report/index/${id}#tab`, `/report/index/${id}`],
    [id.toUpperCase(), `/report/index/${id}`],
    ['OOM | small', '/signatures/?q=OOM+%7C+small'],
  ])('finds %s', (text, href) => expect(searchHref(text)).toBe(href))
})

describe('hrefs', () => {
  test('omit empty values', () => {
    expect(homeHref()).toBe('/')
    expect(topCrashersHref({ product: 'A & B', version: undefined, q: '' })).toBe(
      '/topcrashers/?product=A+%26+B',
    )
  })

  test('carry any signature through the URL unchanged and never leave the site', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (signature, product) => {
        const url = new URL(signatureHref(signature, { product }), 'https://mayday.example')
        expect(url.origin).toBe('https://mayday.example')
        expect(url.pathname).toBe('/signature/')
        expect(url.searchParams.get('signature') ?? '').toBe(signature.toWellFormed())
        expect(new URL(reportHref(signature.toWellFormed()), url).origin).toBe('https://mayday.example')
      }),
    )
  })
})

describe('safeHref', () => {
  test.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['http://example.org', 'http://example.org/'],
    ['javascript:alert(1)', null],
    [' javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['//example.org', null],
    ['https://user:secret@example.org/', null],
    ['', null],
    [null, null],
    [42, null],
  ])('checks %s', (url, href) => expect(safeHref(url)).toBe(href))
})
