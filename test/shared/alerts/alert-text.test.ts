// Alerts in words, with names from strangers.
import { expect, test } from 'vitest'
import type { Alert } from '../../../shared/alerts/alert.ts'
import { alertPath, alertText, alertTitle } from '../../../shared/alerts/alert-text.ts'

const alert: Alert = {
  ...{
    id: '0',
    at: '2026-10-21T12:00:00.000+00:00',
    product: 'Lumen',
    rule: 'new_signature',
    subject: 'a::b',
  },
  ...{ day: '2026-10-15', value: 0.047, usual: 0, version: null, against: null, only: 'Linux', more: 3 },
}

test('an alert states what happened, where, and how many more there are', () => {
  expect(alertTitle(alert)).toBe(
    'Lumen: a::b is new since 15 Oct, Linux only: 4.7 % of crashes (and 3 more like it)',
  )
})

test('long names are cut between characters, empty ones are named', () => {
  const long = alertText({ ...alert, subject: '🦋'.repeat(500) })
  expect(long.startsWith(`${'🦋'.repeat(199)}… is new`)).toBe(true)
  expect(alertText({ ...alert, subject: '' })).toMatch(/^no name is new/)
})

test.each<[Partial<Alert>, string]>([
  [{ subject: 'a b&c#<d>' }, '/signature/?signature=a+b%26c%23%3Cd%3E&product=Lumen'],
  [
    { rule: 'version_rate', version: '2.0', against: '1.0' },
    '/release/?product=Lumen&version=2.0&against=1.0',
  ],
  [{ rule: 'missing_symbols', subject: 'l.pdb' }, '/missing-symbols/?product=Lumen&q=l.pdb'],
  [{ rule: 'spike', subject: '' }, '/?product=Lumen'],
])('the page of %j', (changes, path) => {
  expect(alertPath({ ...alert, ...changes })).toBe(path)
})
