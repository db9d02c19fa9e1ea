// Requests as clients of Crash Stats send them, and what they need of the answers. Recorded from crashstats-tools,
// libmozdata and siggen, which ran unchanged against `mayday serve`.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict'

/** A crash that the API has. */
export interface KnownCrash {
  id: string
  signature: string
  product: string
  platform: string
}

export interface Received {
  status: number
  headers: Headers
  text: string
}

export interface Exchange {
  name: string
  method?: 'POST'
  /** `ID`, `SIGNATURE` and `PRODUCT` are those of the crash; spaces and operators are encoded as the clients do. */
  path: string
  /** `TOKEN` is a token with every permission that the client needs. */
  headers: Record<string, string>
  body?: string
  check(answer: Received, crash: KnownCrash): void
}

const tools = { 'user-agent': 'crashstats-tools/2.1.0', 'accept-encoding': 'gzip, deflate' }
const toolsWithToken = { ...tools, 'auth-token': 'TOKEN' }
/** An empty token when none is configured. */
const libmozdata = { 'user-agent': 'libmozdata', connection: 'close', 'auth-token': '' }
const requests = { 'user-agent': 'python-requests/2.28.1' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

interface Search {
  hits: Record<string, unknown>[]
  total: number
  facets: Record<string, { term: unknown; count: number; facets?: Search['facets'] }[] & { value: number }>
}

const jsonOf = ({ status, text }: Received): unknown => {
  equal(status, 200, text)
  return JSON.parse(text)
}
const searchOf = (answer: Received) => jsonOf(answer) as Search
const days = 'date=%3E%3D2020-01-01+00%3A00%3A00'

export const exchanges: readonly Exchange[] = [
  {
    name: 'supersearch: asked columns are keys of every hit, the total ends paging',
    path: '/api/SuperSearch/?_columns=uuid&_columns=signature&product=PRODUCT&_facets_size=0&_sort=-date&_results_offset=0&_results_number=3',
    headers: tools,
    check(answer, { id, signature }) {
      const { hits, total, facets } = searchOf(answer)
      equal([hits[0], facets], [{ uuid: id, signature }, {}])
      ok(total >= hits.length)
    },
  },
  {
    name: 'supersearch --num=all: up to 1,000 hits at a time',
    path: '/api/SuperSearch/?_facets_size=0&_columns=uuid&_sort=-date&_results_offset=0&_results_number=1000',
    headers: tools,
    check(answer) {
      const { hits, total } = searchOf(answer)
      equal(hits.length, total)
    },
  },
  {
    name: 'supersearch --_return_query=1: any JSON',
    path: '/api/SuperSearch/?_return_query=1&_facets_size=0&_columns=uuid&_sort=-date&_results_offset=0&_results_number=100',
    headers: toolsWithToken,
    check: (answer) => ok(jsonOf(answer)),
  },
  {
    name: 'supersearchfacet: terms with counts',
    path: `/api/SuperSearch/?_facets=platform&${days}&date=%3C2035-01-01+23%3A59%3A59&_results_number=0`,
    headers: tools,
    check(answer) {
      equal(answer.status, 400)
      match(answer.text, /Date range is bigger than 365 days/)
    },
  },
  {
    name: 'supersearchfacet --_facets=platform',
    path: '/api/SuperSearch/?_facets=platform&_results_number=0',
    headers: tools,
    check(answer, { platform }) {
      const { facets, total } = searchOf(answer)
      equal([facets.platform?.[0]?.term, facets.platform?.[0]?.count], [platform, total])
    },
  },
  {
    name: 'supersearchfacet --_histogram.date: midnights as +00:00, which it shortens to days',
    path: '/api/SuperSearch/?_histogram.date=platform&_results_number=0',
    headers: tools,
    check(answer, { platform }) {
      const [bucket] = searchOf(answer).facets.histogram_date!
      match(String(bucket!.term), /^\d{4}-\d\d-\d\dT00:00:00\+00:00$/)
      equal(bucket!.facets!.platform![0]!.term, platform)
    },
  },
  {
    name: 'supersearchfacet --_aggs.product=version',
    path: '/api/SuperSearch/?_aggs.product=version&_results_number=0',
    headers: tools,
    check(answer, { product }) {
      const [bucket] = searchOf(answer).facets.product!
      equal([bucket!.term, bucket!.facets!.version![0]!.count], [product, bucket!.count])
    },
  },
  {
    name: 'supersearchfacet --_facets=_cardinality.signature',
    path: '/api/SuperSearch/?_facets=_cardinality.signature&_results_number=0',
    headers: tools,
    check: (answer) => ok(searchOf(answer).facets.cardinality_signature!.value >= 1),
  },
  {
    name: 'supersearch with a wrong token: 403 with its reason',
    path: '/api/SuperSearch/?_facets_size=0&_columns=uuid&_sort=-date&_results_offset=0&_results_number=1',
    headers: { ...tools, 'auth-token': '0123' },
    check({ status, text }) {
      equal([status, JSON.parse(text)], [403, { error: 'API Token not matched' }])
    },
  },
  {
    name: 'fetch-data: annotations, from which it takes the names of dumps',
    path: '/api/RawCrash/?crash_id=ID&format=meta',
    headers: toolsWithToken,
    check(answer) {
      const { metadata } = jsonOf(answer) as { metadata: { dump_checksums: object } }
      equal(Object.keys(metadata.dump_checksums), ['upload_file_minidump'])
    },
  },
  {
    name: 'fetch-data --dumps: the main dump is called dump',
    path: '/api/RawCrash/?crash_id=ID&format=raw&name=dump',
    headers: toolsWithToken,
    check({ status, text, headers }) {
      equal([status, text.slice(0, 4)], [200, 'MDMP'])
      equal(headers.get('content-type'), 'application/octet-stream')
    },
  },
  {
    name: 'fetch-data --processed',
    path: '/api/ProcessedCrash/?crash_id=ID&format=meta',
    headers: toolsWithToken,
    check(answer, { id, signature }) {
      const { uuid, signature: found } = jsonOf(answer) as Record<string, unknown>
      equal([uuid, found], [id, signature])
    },
  },
  {
    name: 'reprocess',
    method: 'POST',
    path: '/api/Reprocessing/',
    headers: { ...toolsWithToken, ...form },
    body: 'crash_ids=ID',
    check: (answer) => equal(jsonOf(answer), true),
  },
  {
    name: 'reprocess --ruleset=regenerate_signature',
    method: 'POST',
    path: '/api/Reprocessing/',
    headers: { ...toolsWithToken, ...form },
    body: 'crash_ids=ID%3Aregenerate_signature',
    check: (answer) => equal(jsonOf(answer), true),
  },
  {
    name: 'libmozdata SuperSearch, with an empty token',
    path: '/api/SuperSearch/?product=PRODUCT&_results_number=2&_columns=uuid&_columns=signature&_facets=platform',
    headers: libmozdata,
    check(answer, { platform }) {
      equal(searchOf(answer).facets.platform![0]!.term, platform)
    },
  },
  {
    name: 'libmozdata ProcessedCrash, with a parameter that does not exist any more',
    path: '/api/ProcessedCrash/?crash_id=ID&datatype=processed',
    headers: libmozdata,
    check(answer, { signature }) {
      equal((jsonOf(answer) as Record<string, unknown>).signature, signature)
    },
  },
  {
    name: 'libmozdata SignatureFirstDate',
    path: '/api/SignatureFirstDate/?signatures=SIGNATURE',
    headers: libmozdata,
    check(answer, { signature }) {
      const { hits } = jsonOf(answer) as { hits: Record<string, string>[] }
      equal([hits[0]!.signature, hits[0]!.first_build], [signature, '20261101093015'])
      match(hits[0]!.first_date!, /^\d{4}-\d\d-\d\dT/)
    },
  },
  {
    name: 'siggen fetch-data: public annotations and the processed crash',
    path: '/api/RawCrash/?crash_id=ID',
    headers: requests,
    check(answer, { product }) {
      equal((jsonOf(answer) as Record<string, unknown>).ProductName, product)
    },
  },
]
