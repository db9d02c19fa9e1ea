// One alert for each event: what is remembered, for how long, and how much.
import { expect, test } from 'vitest'
import { type AlertMemory, emptyMemory, remember } from '../../../batch/alerts/memory.ts'
import { isMuted } from '../../../batch/alerts/mute.ts'
import { type Candidate, everything } from '../../../batch/alerts/product-facts.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { addDays } from '../../../shared/time/dates.ts'

const first = '2026-10-21'
const candidate = (changes: Partial<Candidate> = {}): Candidate => ({
  ...everything,
  ...{ product: 'Lumen', rule: 'rising', subject: 'a', day: first, value: 0.1, usual: 0.01 },
  ...changes,
})
const now = new Date(`${first}T12:00:00Z`)

/** The subjects that were raised on each day on which the candidates were found. */
function raisedOn(days: readonly (readonly [after: number, candidates: Candidate[]])[]): string[][] {
  let memory = emptyMemory(now)
  return days.map(([after, candidates]) => {
    const day = addDays(first, after)
    const result = remember(memory, { candidates, day, now: new Date(`${day}T12:00:00Z`) })
    memory = result.memory
    return result.raised.map(({ subject }) => subject)
  })
}

test('an event that is found again and again gives one alert', () => {
  const same = [candidate()]
  expect(
    raisedOn([
      [0, same],
      [0, same],
      [1, same],
      [6, same],
      [12, same],
      [19, same],
    ]),
  ).toEqual([['a'], [], [], [], [], []])
})

test('an event that was not found for a week gives an alert when it returns', () => {
  expect(
    raisedOn([
      [0, [candidate()]],
      [1, []],
      [8, [candidate()]],
    ]),
  ).toEqual([['a'], [], ['a']])
  expect(
    raisedOn([
      [0, [candidate()]],
      [7, [candidate()]],
    ]),
  ).toEqual([['a'], []])
})

test('refused reports are one event, regardless of the rule that refused most', () => {
  const refused = (subject: string) => [candidate({ rule: 'refused', subject })]
  expect(
    raisedOn([
      [0, refused('x')],
      [1, refused('y')],
    ]),
  ).toEqual([['x'], []])
})

test('products and rules with the same subject are separate events', () => {
  const all = [candidate(), candidate({ product: 'Ledger' }), candidate({ rule: 'new_signature' })]
  expect(raisedOn([[0, all]])).toEqual([['a', 'a', 'a']])
})

test('a flood gives five alerts of a rule, the last of which counts the others; they do not follow later', () => {
  const flood = Array.from({ length: 30 }, (_, place) => candidate({ subject: `s${place}` }))
  const { memory, raised } = remember(emptyMemory(now), { candidates: flood, day: first, now })
  expect(raised.map(({ subject, more }) => [subject, more])).toEqual([
    ['s0', 0],
    ['s1', 0],
    ['s2', 0],
    ['s3', 0],
    ['s4', 25],
  ])
  expect(remember(memory, { candidates: flood, day: first, now }).raised).toEqual([])
})

test('a memory to which nothing is added is the same object', () => {
  const { memory } = remember(emptyMemory(now), { candidates: [candidate()], day: first, now })
  expect(remember(memory, { candidates: [candidate()], day: first, now }).memory).toBe(memory)
})

test('times of alerts increase also when the clock goes back', () => {
  const before = remember(emptyMemory(now), { candidates: [candidate()], day: first, now }).memory
  const early = new Date(now.getTime() - 3_600_000)
  const { raised } = remember(before, { candidates: [candidate({ subject: 'b' })], day: first, now: early })
  expect(raised[0]!.at > before.alerts[0]!.at).toBe(true)
})

test('a memory is bounded', () => {
  let memory: AlertMemory = emptyMemory(now)
  for (let round = 0; round < 60; round++) {
    const candidates = Array.from({ length: 100 }, (_, place) =>
      candidate({ product: `p${place % 20}`, subject: `s${round}-${place}` }),
    )
    memory = remember(memory, { candidates, day: addDays(first, Math.floor(round / 10)), now }).memory
  }
  expect(memory.events).toHaveLength(5000)
  expect(memory.alerts).toHaveLength(1000)
  // What was found last is kept.
  expect(memory.events.some(({ subject }) => subject === 's59-99')).toBe(true)
  expect(memory.events.some(({ subject }) => subject === 's0-0')).toBe(false)
})

test.each<[string, object, boolean]>([
  ['the rule', { rule: 'rising' }, true],
  ['another rule', { rule: 'spike' }, false],
  ['the signature', { signature: 'app::Cache::Evict' }, true],
  ['a pattern', { signature: 'app::*::Evict' }, true],
  ['another signature', { signature: 'app::Cache' }, false],
  ['rule and signature', { rule: 'rising', signature: 'app::*' }, true],
  ['everything until today', { until: first }, true],
  ['a time that is over', { signature: 'app::*', until: '2026-10-20' }, false],
])('a product file that mutes %s', (_, mute, isIt) => {
  const file = JSON.stringify({ name: 'Lumen', alerts: { mute: [mute] } })
  const settings = parseProduct('lumen.json', file).alerts
  expect(isMuted({ rule: 'rising', subject: 'app::Cache::Evict' }, settings, now)).toBe(isIt)
})

test.each([
  [{ mute: [{}] }, 'line 1: alerts.mute[0] must have a rule, a signature or an end: {} would mute all'],
  [{ mute: [{ until: 'tomorrow' }] }, 'line 1: alerts.mute[0].until must be a date like 2026-10-21'],
  [{ rules: { spikes: null } }, 'line 1: alerts.rules.spikes is unknown'],
  [{ rules: { spike: { times: 0.5 } } }, 'line 1: alerts.rules.spike.times must be a number from 1 to 1000'],
  [{ destinations: ['a b'] }, 'line 1: alerts.destinations[0] must be a name in ALERT_DESTINATIONS'],
])('a product file with the alerts %j is refused', (alerts, message) => {
  expect(() => parseProduct('lumen.json', JSON.stringify({ name: 'Lumen', alerts }))).toThrow(message)
})
