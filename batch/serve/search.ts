// SuperSearch and SuperSearchUnredacted: parameters to a query, the query to an answer.
import type { Call } from '../../shared/api/calls.ts'
import { ApiProblem, badArgument, formProblem } from '../../shared/api/problems.ts'
import { isCrashError } from '../../shared/errors.ts'
import { answerOf } from '../../shared/search/answer.ts'
import { searchFieldOf } from '../../shared/search/fields.ts'
import { type Limits, socorroLimits } from '../../shared/search/parameters/options.ts'
import { parseQuery } from '../../shared/search/parameters/parse.ts'
import { printQuery } from '../../shared/search/parameters/print.ts'
import type { Problem } from '../../shared/search/parameters/problems.ts'
import type { Facet, Query } from '../../shared/search/query.ts'
import { searchSql } from '../../shared/search/sql/search.ts'
import { hitsStatement, type Relations, totalStatement } from '../../shared/search/sql/statements.ts'
import { crashesTable, protectedTable } from '../lake/tables.ts'
import type { KnownProducts } from './known-products.ts'
import type { LiveTables, Reader } from './live-tables.ts'

export interface SearchTools {
  tables: LiveTables
  products: KnownProducts
  now(): Date
}

/** `crashstats-tools supersearch --num=all` pages through everything by offset. */
const limits: Limits = { ...socorroLimits, window: Number.POSITIVE_INFINITY }

type SearchCall = Call<'SuperSearch'> | Call<'SuperSearchUnredacted'>

/** @param isUnredacted unknown names are refused, and every call is audited */
export async function searchCrashes(
  call: SearchCall,
  isUnredacted: boolean,
  tools: SearchTools,
): Promise<unknown> {
  const { query, isProtected } = await readQuery(call, isUnredacted, tools)
  if (isProtected || isUnredacted)
    call.audit({ action: 'search_protected', subject: printQuery(query).toString() })
  if (isGiven(call.parameters, '_return_query')) return describeQuery(query)
  const result = await endsInTime(() =>
    tools.tables.read(call.signal, async (reader) =>
      searchSql(query, {
        ...(await relationsOf(query, isProtected, reader)),
        run: ({ sql, values }) => reader.run<Record<string, unknown>>(sql, values),
      }),
    ),
  )
  return { ...answerOf(query, result), ignored: query.ignored }
}

const trueTexts: ReadonlySet<string> = new Set(['true', 't', '1', 'y', 'yes'])
const isGiven = (parameters: URLSearchParams, name: string): boolean =>
  trueTexts.has(parameters.get(name)?.toLowerCase() ?? '')

async function readQuery(
  { parameters, caller, signal }: SearchCall,
  isUnredacted: boolean,
  { tables, products, now }: SearchTools,
): Promise<{ query: Query; isProtected: boolean }> {
  const given = parameters.getAll('product')
  const parsed = parseQuery(withoutForm(parameters), {
    now: now().getTime() * 1000,
    protected: caller.permissions.has('view_pii') ? 'allow' : 'drop',
    unknown: isUnredacted ? 'refuse' : 'drop',
    limits,
    ...(given.length > 0 && { products: await products.including(given, tables, signal) }),
  })
  if ('problems' in parsed) throw problemOf(parsed.problems)
  const isProtected = fieldsOf(parsed.query).some((name) => !searchFieldOf(name).public)
  const covered = isProtected ? caller.products : null
  return { query: covered ? narrowed(parsed.query, covered) : parsed.query, isProtected }
}

/** Without what is about the form of the answer. */
function withoutForm(parameters: URLSearchParams): URLSearchParams {
  const others = new URLSearchParams(parameters)
  others.delete('pretty')
  return others
}

function problemOf(problems: readonly [Problem, ...Problem[]]): ApiProblem {
  const [first] = problems
  if (first.kind === 'argument') return badArgument(first.message)
  if (first.kind === 'protected') return new ApiProblem(403, { error: first.message })
  const messages = problems.flatMap((one) =>
    one.kind === 'form' ? [[one.parameter, [one.message]] as const] : [],
  )
  return formProblem(messages)
}

/** Every field that a query names. */
function fieldsOf({ where, facets, columns, sort }: Query): string[] {
  const ofFacet = (facet: Facet): string[] => [
    facet.field,
    ...('sub' in facet ? (facet.sub ?? []).flatMap(ofFacet) : []),
  ]
  return [
    ...where.map(({ field }) => field),
    ...facets.flatMap(ofFacet),
    ...columns,
    ...sort.map(({ field }) => field),
  ]
}

/** Only crashes of the products whose protected data a token gives access to. */
function narrowed(query: Query, products: ReadonlySet<string>): Query {
  const covered = { or: [...products].map((value) => ({ not: false, op: 'equals', value }) as const) }
  const given = query.where.find(({ field }) => field === 'product')
  const test = given ? { and: [given.test, covered] } : covered
  const others = query.where.filter(({ field }) => field !== 'product')
  return { ...query, where: [...others, { field: 'product', test }] }
}

const inBoth = protectedTable.columns
  .map(({ name }) => name)
  .filter((name) => crashesTable.columns.some((column) => column.name === name))

/** The columns that the statements of a query name. */
const columnsOf = (query: Query): ReadonlySet<string> =>
  new Set([
    ...['crash_id', 'processed_at', 'duplicate_of', 'weight'],
    ...fieldsOf(query).map((name) => searchFieldOf(name).column),
  ])

async function relationsOf(query: Query, isProtected: boolean, reader: Reader): Promise<Relations> {
  const choice = { processed: { from: query.from, to: query.to } }
  if (!isProtected) {
    const relation = await reader.relation('crashes', { ...choice, columns: columnsOf(query) })
    return { relation, distinctFrom: relation }
  }
  const crashes = await reader.relation('crashes', choice)
  const dates = await reader.dates('crashes', choice)
  const more = await reader.relation('protected', { dates })
  const relation = `(SELECT c.*, p.* EXCLUDE (${inBoth.join(', ')}) FROM ${crashes} c LEFT JOIN ${more} p USING (crash_id))`
  return { relation, distinctFrom: crashes }
}

const shown: Relations = { relation: 'crashes', distinctFrom: null }

/** What `_return_query` shows: the parsed search, and its statements. */
const describeQuery = (query: Query): object => ({
  query: {
    parameters: printQuery(query).toString(),
    statements: [totalStatement, hitsStatement].map((statement) => statement(query, shown)),
    ignored: query.ignored,
  },
  indices: ['crashes'],
})

/** As Crash Stats: clients repeat answers of other statuses. */
async function endsInTime<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isCrashError(error) && error.code === 'timeout')
      throw badArgument('The search took too long. Simplify the search pattern and try again.')
    if (isCrashError(error) && error.code === 'limit') throw badArgument(error.message)
    throw error
  }
}
