// The SQL that gives the same as a search, for `mayday sql`.

import { own } from '../../../shared/own.ts'
import { keyOfFacet } from '../../../shared/search/parameters/facets.ts'
import type { Query } from '../../../shared/search/query.ts'
import { identifier, type Statement } from '../../../shared/search/sql/bindings.ts'
import {
  facetStatement,
  hitsStatement,
  type Relations,
  totalStatement,
} from '../../../shared/search/sql/statements.ts'

export interface NamedStatement {
  title: string
  sql: string
}

const relations: Relations = { relation: 'crashes', distinctFrom: null }
const maxRows = 100_000

/** One statement for the number of reports, one for the list, one for each facet without those below it. */
export function statementsOf(query: Query): NamedStatement[] {
  const names = query.columns.map((name, i) => `c${i} AS ${identifier(name)}`)
  const hits = {
    title: 'Reports',
    sql: `SELECT ${names.join(', ')} FROM (\n${inline(hitsStatement(query, relations))}\n)`,
  }
  const facets = query.facets.map((facet) => ({
    title: keyOfFacet(facet),
    sql: inline(facetStatement(query, { above: [], facet, parents: [[]] }, { relations, maxRows })),
  }))
  const total = { title: 'Total', sql: inline(totalStatement(query, relations)) }
  return [total, ...(query.limit > 0 ? [hits] : []), ...facets]
}

/** The statement with its values as literals. Its text has no `$` apart from the names of values. */
const inline = ({ sql, values }: Statement): string =>
  sql.replace(/\$(p\d+)/g, (_, name: string) => literal(own(values, name) ?? ''))

const literal = (value: string | readonly string[]): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : `[${value.map(literal).join(', ')}]`
