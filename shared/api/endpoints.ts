// Every endpoint of the API, declared once: routes, docs/api.md and /api/openapi.json derive from it. Names, parameters
// and results are those of Crash Stats (https://crash-stats.mozilla.org/api/), on which clients rely.
import type { Endpoint } from './endpoint.ts'

const crashId = { kind: 'text', required: true, description: 'a crash ID' } as const
const fiveMinutes = 300

const searches = [
  '_results_number=0&_facets=signature&_facets_size=10',
  'signature=~alloc&_columns=uuid&_columns=date&_columns=signature&_sort=-date',
  '_results_number=0&_facets=platform&_aggs.product.version=release_channel',
  '_results_number=0&_histogram.date=product',
] as const

/** In the order of the documentation. */
export const endpoints = [
  {
    name: 'SuperSearch',
    methods: ['GET'],
    permission: null,
    needs: 'tables',
    parameters: {},
    search: true,
    examples: searches,
    cacheSeconds: fiveMinutes,
    description:
      'Searches crashes: filters by field, columns, facets, histograms, order and paging. Protected fields need the permission `view_pii`; without it, parameters that name them have no effect.',
    result:
      '{"hits": [{"uuid": "…", "signature": "…"}], "total": 123, "facets": {"signature": [{"term": "…", "count": 45}]}, "errors": []}',
  },
  {
    name: 'SuperSearchUnredacted',
    methods: ['GET'],
    permission: 'view_pii',
    needs: 'tables',
    parameters: {},
    search: true,
    examples: searches,
    cacheSeconds: fiveMinutes,
    description: 'The same with protected fields. Unknown names of fields are refused instead of ignored.',
    result: 'as SuperSearch',
  },
  {
    name: 'SuperSearchFields',
    methods: ['GET'],
    permission: null,
    needs: 'store',
    parameters: {},
    cacheSeconds: fiveMinutes,
    description: 'Every field of searches, by name.',
    result: '{"signature": {"name": "signature", "query_type": "string", "permissions_needed": [], …}, …}',
  },
  {
    name: 'ProcessedCrash',
    methods: ['GET'],
    permission: null,
    needs: 'store',
    parameters: { crash_id: crashId },
    cacheSeconds: 0,
    description: 'One processed crash. Protected fields need the permission `view_pii`.',
    result: '{"uuid": "…", "signature": "…", "json_dump": {…}, …}',
  },
  {
    name: 'RawCrash',
    methods: ['GET'],
    permission: null,
    needs: 'store',
    parameters: {
      crash_id: crashId,
      format: {
        kind: 'text',
        description: '`meta` (default): the annotations; `raw`: a file of the report, for `view_rawdump`',
      },
      name: {
        kind: 'text',
        description:
          'the file: `upload_file_minidump` (default), another minidump, `memory_report` or an attachment',
      },
    },
    cacheSeconds: 0,
    description: 'What the client sent. Protected annotations need the permission `view_pii`.',
    result: '{"ProductName": "…", "Version": "…", …}, or the bytes of the file',
  },
  {
    name: 'SignatureFirstDate',
    methods: ['GET'],
    permission: null,
    needs: 'tables',
    parameters: {
      signatures: { kind: 'texts', required: true, description: 'signatures; unknown ones are omitted' },
    },
    cacheSeconds: fiveMinutes,
    description: 'When signatures were first seen, and in which build.',
    result:
      '{"hits": [{"signature": "…", "first_build": "20261101093015", "first_date": "2026-11-02T00:00:00+00:00"}], "total": 1}',
  },
  {
    name: 'VersionString',
    methods: ['GET'],
    permission: null,
    needs: 'tables',
    parameters: {
      product: { kind: 'text', required: true, description: 'the product' },
      channel: { kind: 'text', required: true, description: 'the release channel' },
      build_id: { kind: 'text', required: true, description: 'the build ID' },
    },
    cacheSeconds: fiveMinutes,
    description: 'The versions of a build, from imported lists of builds and from crashes.',
    result: '{"hits": [{"version_string": "131.0b2"}], "total": 1}',
  },
  {
    name: 'Bugs',
    methods: ['GET', 'POST'],
    permission: null,
    needs: 'tables',
    parameters: { signatures: { kind: 'texts', required: true, description: 'signatures' } },
    cacheSeconds: fiveMinutes,
    description: 'The bugs that name one of the signatures, each with all signatures that it names.',
    result: '{"hits": [{"id": 999999, "signature": "OOM | small"}], "total": 1}',
  },
  {
    name: 'SignaturesByBugs',
    methods: ['GET'],
    permission: null,
    needs: 'tables',
    parameters: { bug_ids: { kind: 'texts', required: true, description: 'numbers of bugs' } },
    cacheSeconds: fiveMinutes,
    description: 'The signatures that bugs name.',
    result: '{"hits": [{"id": 999999, "signature": "OOM | small"}], "total": 1}',
  },
  {
    name: 'CrashSignature',
    methods: ['POST'],
    permission: null,
    needs: 'tables',
    parameters: {},
    body: '{"jobs": [crash data, …]}',
    examples: [
      '{"jobs": [{"os": "Linux", "crashing_thread": 0, "threads": [{"frames": [{"module": "app", "function": "draw", "file": "draw.c", "line": 7}, {"module": "app", "function": "main"}]}]}]}',
    ],
    cacheSeconds: 0,
    description: 'Generates signatures of crash data, as processing would.',
    result: '{"results": [{"signature": "…", "notes": ["…"], "extra": {…}}]}',
  },
  {
    name: 'CrashVerify',
    methods: ['GET'],
    permission: null,
    needs: 'tables',
    parameters: { crash_id: { kind: 'text', description: 'a crash ID' } },
    cacheSeconds: 0,
    description: 'Where a crash is stored. `elasticsearch_crash` is whether searches find it.',
    result:
      '{"uuid": "…", "raw_crash": true, "processed_crash": true, "elasticsearch_crash": true, "telemetry_crash": false}',
  },
  {
    name: 'MissingProcessedCrash',
    methods: ['GET'],
    permission: null,
    needs: 'store',
    parameters: { page: { kind: 'text', description: 'counts from 1; 1,000 crashes on each' } },
    cacheSeconds: 0,
    description:
      'Stored reports that verification found without a processed crash, and whether they were processed since.',
    result:
      '{"results": [{"crash_id": "…", "is_processed": false, "created": "…"}], "count": 1, "next": null, "previous": null}',
  },
  {
    name: 'Reprocessing',
    methods: ['POST'],
    permission: 'reprocess_crashes',
    needs: 'store',
    parameters: {
      crash_ids: {
        kind: 'texts',
        required: true,
        description: 'crash IDs, each optionally followed by `:default` or `:regenerate_signature`',
      },
    },
    cacheSeconds: 0,
    description: 'Requests that crashes are processed again: by the next round of `mayday run`.',
    result: 'true',
  },
  {
    name: 'sql',
    methods: ['POST'],
    permission: 'run_custom_queries',
    needs: 'tables',
    parameters: {},
    body: '{"sql": "SELECT …", "format": "json", "parameters": {"name": "value"}}',
    examples: [
      '{"sql": "SELECT signature, count(*) AS crashes FROM crashes GROUP BY signature ORDER BY crashes DESC LIMIT 10"}',
      '{"sql": "SELECT date, count(*) AS crashes FROM crashes WHERE product = $product GROUP BY date ORDER BY date", "parameters": {"product": "App"}, "format": "csv"}',
    ],
    cacheSeconds: 0,
    description:
      'One statement over the views of `mayday sql` (docs/sql.md). Protected tables need `view_pii` as well. `format`: `json` (default), `jsonl`, `csv`, `table`, `arrow` or `parquet`; `parameters`: values of `$name`.',
    result: '[{"signature": "…", "crashes": 12}, …]',
  },
  {
    name: 'NoOp',
    methods: ['GET'],
    permission: null,
    needs: 'store',
    parameters: { product: { kind: 'text', required: true, description: 'any text; `bad` is refused' } },
    cacheSeconds: fiveMinutes,
    description: 'Does nothing: to test clients.',
    result: '{"hits": [], "total": 0}',
  },
] as const satisfies readonly Endpoint[]

export type ApiEndpoint = (typeof endpoints)[number]
export type EndpointName = ApiEndpoint['name']
export type EndpointNamed<Name extends EndpointName> = Extract<ApiEndpoint, { name: Name }>

const byName: ReadonlyMap<string, ApiEndpoint> = new Map(endpoints.map((one) => [one.name, one]))

/** Names are exact. */
export const findEndpoint = (name: string): ApiEndpoint | undefined => byName.get(name)

export const apiPath = (name: EndpointName): string => `/api/${name}/`
