// The tools of the server: what they take, and what they answer.
import * as z from 'zod'
import type { HomeAggregate, SignatureAggregate } from '../../shared/aggregates/documents.ts'
import { parseCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { homeKey, signatureKey, topCrashersKey } from '../../shared/keys.ts'
import { parsePastedStack } from '../../shared/pasted-stack/pasted-stack.ts'
import {
  chosenByText,
  problemsOf,
  requestFor,
  symbolicatedText,
  viewOf,
} from '../../shared/pasted-stack/symbolicated.ts'
import { signatureId } from '../aggregates/run.ts'
import { viewDescriptions } from '../lake/views.ts'
import type { CrashSource } from './source.ts'
import { reportSummary, signatureSummary } from './summaries.ts'
import { readTopCrashers, topCrashers, unknownValues } from './top-crashers.ts'

export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  description: string
  input: Input
  /** @returns text, or an object that becomes JSON @throws CrashError for what the caller can change */
  run(input: z.output<Input>, source: CrashSource, signal: AbortSignal): Promise<string | object>
}

const tool = <Input extends z.ZodObject>(declared: Tool<Input>): Tool => declared as unknown as Tool

const page = (source: CrashSource, path: string, query: Record<string, string | undefined> = {}): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return pageOf(source, path, new URLSearchParams(given))
}
const pageOf = (source: CrashSource, path: string, query: URLSearchParams): string =>
  `${source.dashboard}${path}${query.size > 0 ? `?${query}` : ''}`
const signaturePage = (source: CrashSource, signature: string, product?: string) =>
  page(source, '/signature/', { signature, product })
const reportPage = (source: CrashSource, crashId: string) => page(source, `/report/index/${crashId}`)

const crasherTool = tool({
  name: 'top_crashers',
  title: 'Top crashers',
  description:
    'The signatures with the most crashes of a product in the last days. Without a product: the products, with their versions.',
  input: z.object({
    product: z.string().optional().describe('name of the product'),
    days: z.union([z.literal(1), z.literal(3), z.literal(7), z.literal(14), z.literal(28)]).default(7),
    version: z.string().optional(),
    channel: z.string().optional(),
    platform: z.string().optional().describe('such as Windows NT, Mac OS X, Linux, Android'),
    process_type: z.string().optional(),
    limit: z.int().min(1).max(50).default(15),
  }),
  async run({ product, days, limit, ...filter }, source, signal) {
    const home = (await source.document(homeKey, signal)) as HomeAggregate | null
    if (!home) throw new CrashError('missing', 'There is no data yet: mayday aggregate has not run')
    const found = home.products.find(({ name, slug }) => name === product || slug === product)
    if (!found) return { ...(product && { unknown_product: product }), products: productsOf(home) }
    const document = readTopCrashers(await source.document(topCrashersKey(found.slug, days), signal))
    const unknown = unknownValues(document, filter)
    if (unknown.length > 0) throw new CrashError('bad-usage', unknown.join('; '))
    const top = topCrashers(document, filter, limit)
    const { version, channel, platform, process_type: process } = filter
    const query = { product: found.slug, days: String(days), version, channel, platform, process }
    return { ...top, page: page(source, '/topcrashers/', query) }
  },
})

const productsOf = ({ products }: HomeAggregate) =>
  products.slice(0, 50).map(({ name, total, versions }) => ({
    product: name,
    reports_28_days: total.count,
    versions: versions.slice(0, 10).map(({ version }) => version),
  }))

const signatureTool = tool({
  name: 'signature',
  title: 'One signature',
  description:
    'When, where and how often crashes with a signature occurred in the last 28 days, its bugs and newest reports.',
  input: z.object({ signature: z.string().max(2000).describe('the whole signature') }),
  async run({ signature }, source, signal) {
    const document = (await source.document(
      signatureKey(signatureId(signature)),
      signal,
    )) as SignatureAggregate | null
    if (!document)
      throw new CrashError(
        'missing',
        'There is no such signature in the last 28 days; find it with search, as signature: ["~part of it"]',
      )
    return { ...signatureSummary(document), page: signaturePage(source, signature) }
  },
})

const reportTool = tool({
  name: 'report',
  title: 'One crash report',
  description: 'The main fields of a crash report, and the stack of the crashing thread.',
  input: z.object({
    crash_id: z.string().max(100).describe('the crash ID, with or without bp-'),
    fields: z
      .array(z.string())
      .max(30)
      .default([])
      .describe('further fields, by name: see other_fields of an answer'),
  }),
  async run({ crash_id, fields }, source, signal) {
    const { crashId } = parseCrashId(crash_id)
    const crash = await source.report(crashId, signal)
    if (!crash) throw new CrashError('missing', `There is no processed report ${crashId}`)
    return { ...reportSummary(crash, fields), page: reportPage(source, crashId) }
  },
})

const values = z.union([z.string(), z.array(z.string())])
const searchInput = z.object({
  filters: z
    .record(z.string(), values)
    .default({})
    .describe('such as {"product": "Ledger", "signature": "~read"}'),
  from: z
    .string()
    .optional()
    .describe('processed at this time or later, ISO; default: 7 days before the end'),
  to: z.string().optional().describe('processed before this time, ISO; default: now'),
  facets: z.array(z.string()).max(5).default([]).describe('fields whose most frequent values are counted'),
  facet_size: z.int().min(1).max(50).default(10),
  columns: z
    .array(z.string())
    .max(15)
    .default(['uuid', 'date', 'signature', 'product', 'version', 'platform', 'reason']),
  sort: z.array(z.string()).max(3).default(['-date']).describe('fields, - before one: descending'),
  limit: z.int().min(0).max(50).default(10).describe('reports to show'),
})

const searchTool = tool({
  name: 'search',
  title: 'Search reports',
  description: `Crash reports that match filters, and how often values occur among them. A filter is a field and a value or list of values, optionally with an operator before it: = equal, ~ contains, ^ starts with, $ ends with, @ regular expression, > >= < <= for numbers, ! negates; __null__ missing. Fields: signature, product, version, release_channel, platform, reason, address, process_type, build_id, uptime, cpu_arch, proto_signature, moz_crash_reason and those of the data dictionary.`,
  input: searchInput,
  async run(input, source, signal) {
    const parameters = searchParameters(input)
    const answer = (await source.search(parameters, signal)) as object
    return {
      ...answer,
      page: pageOf(source, '/search/', parameters),
      report_page: reportPage(source, '<uuid>'),
    }
  },
})

function searchParameters(input: z.output<typeof searchInput>): URLSearchParams {
  const { filters, from, to, facets, facet_size, columns, sort, limit } = input
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(filters))
    for (const one of [value].flat()) parameters.append(name, one)
  if (from) parameters.append('date', `>=${from}`)
  if (to) parameters.append('date', `<${to}`)
  for (const facet of facets) parameters.append('_facets', facet)
  for (const column of columns) parameters.append('_columns', column)
  for (const key of sort) parameters.append('_sort', key)
  parameters.set('_results_number', String(limit))
  parameters.set('_facets_size', String(facets.length > 0 ? facet_size : 0))
  return parameters
}

const maxPasted = 200_000
const symbolicateTool = tool({
  name: 'symbolicate',
  title: 'Symbolicate a stack',
  description:
    'Adds functions, files and lines to the frames in pasted text: a crash report of macOS or Android, a log, lines like "app.so + 0x1234". Modules need a debug ID in the text, or in modules.',
  input: z.object({
    text: z.string().max(maxPasted),
    modules: z
      .record(z.string(), z.object({ debug_file: z.string(), debug_id: z.string() }))
      .default({})
      .describe('symbols by the name of a module in the text, where it has no debug ID'),
  }),
  async run({ text, modules }, source, signal) {
    const stack = parsePastedStack(text)
    if (stack.frames.length === 0) throw new CrashError('bad-usage', 'No line of the text shows a frame')
    const given = new Map(Object.entries(modules))
    const chosen = chosenByText(stack).map((symbols, i) => {
      const one = given.get(stack.modules[i]!.name)
      return one ? { debugFile: one.debug_file, debugId: one.debug_id } : symbols
    })
    const result = await source.symbolicate(requestFor(stack, chosen), signal)
    const missing = problemsOf(chosen, result).flatMap((problem, i) =>
      problem === null ? [] : [`${stack.modules[i]!.name}: ${problem}`],
    )
    return [symbolicatedText(viewOf(stack, result)), ...missing.slice(0, 30)].join('\n')
  },
})

const sqlTool = tool({
  name: 'sql',
  title: 'SQL over the tables',
  description: `One DuckDB SELECT over these views: ${viewDescriptions.map(({ name }) => name).join(', ')}. DESCRIBE a view for its columns; a condition on date makes it fast, such as date > newest_day() - 7. unique_crashes has one row per crash; sum(weight) estimates how many happened.`,
  input: z.object({
    sql: z.string().max(20_000),
    limit: z.int().min(1).max(200).default(50).describe('rows to show'),
  }),
  async run({ sql, limit }, source, signal) {
    const { rows, isCut } = await source.sql(sql, limit, signal)
    return { rows, ...(isCut && { note: `Only the first ${limit} rows are shown` }) }
  },
})

export const tools: readonly Tool[] = [
  searchTool,
  crasherTool,
  signatureTool,
  reportTool,
  symbolicateTool,
  sqlTool,
]
