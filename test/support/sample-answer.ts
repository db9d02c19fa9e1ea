// An invented answer to a search, with facets of each kind and values of each type.
import type { Answer } from '../../shared/search/answer.ts'

const bucket = (term: string, count: number, more: object = {}) => ({
  term,
  count,
  weighted: 2 * count,
  ...more,
})
const platforms = ['Windows', 'Linux', 'Mac OS X', 'Android', 'iOS', 'Fuchsia', '']
const facetsBelow = {
  platform: platforms.map((name, i) =>
    bucket(name, 7 - i, { facets: { cardinality_cpu_arch: { value: 3 - (i % 3) } } }),
  ),
}
const versions = Array.from({ length: 12 }, (_, i) => bucket(`${142 - i}.0`, 12 - i, { weighted: 12 - i }))

export const sampleAnswer: Answer = {
  hits: [
    {
      uuid: '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122',
      date: '2026-11-22T09:41:07.120000+00:00',
      ...{ signature: 'lumen::Surface::Release', product: 'Lumen', version: '142.0.1', uptime: 1234 },
      ...{ build_id: '20261120093000', addons: ['a', 'b'], platform: 'Linux' },
      client_crash_date: '2026-11-22T09:41:00+00:00',
    },
    {
      uuid: '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261121',
      ...{ date: null, signature: null, product: '', version: null, uptime: null, build_id: null },
      ...{ addons: [], platform: null, client_crash_date: null },
    },
  ],
  total: 104,
  weighted: 208,
  facets: {
    signature: [
      bucket('lumen::Surface::Release', 80, { facets: facetsBelow }),
      bucket('', 3, { weighted: 3.6 }),
    ],
    version: versions,
    address: [bucket('0x0', 4)],
    cardinality_install_time: { value: 1234 },
    histogram_date: [
      {
        term: '2026-11-20T00:00:00+00:00',
        count: 30,
        weighted: 60,
        facets: { platform: [bucket('Linux', 30)] },
      },
      {
        term: '2026-11-22T00:00:00+00:00',
        count: 74,
        weighted: 148,
        facets: { platform: [bucket('Windows', 70)] },
      },
    ],
  },
  next: null,
  errors: [],
}
