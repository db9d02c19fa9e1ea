// Which days of which tables a planned statement reads.

/** One scan of table files in a plan of DuckDB. */
export interface Scan {
  /** Value of the partition `of` (stand-ins.ts). */
  of: string
  /** SQL condition on `date` that each file must meet. It may be true for more files than DuckDB reads. */
  condition: string
  /** SQL condition that each row must meet, on columns that may have names from the statement; null: none. */
  filter: string | null
  /** Number of files that the plan reads; null when the plan does not state it. */
  files: number | null
}

interface PlanNode {
  name?: string
  children?: PlanNode[]
  extra_info?: { 'File Filters'?: unknown; 'Scanning Files'?: unknown; Expression?: unknown }
}

const ofFilter = /\(of = '([a-z_]+)'\)/

/** The scans of files with a partition `of`. @param plan output of `EXPLAIN (FORMAT json)` */
export function scansOf(plan: string): Scan[] {
  const scans: Scan[] = []
  const visit = (node: PlanNode, filter: string | null) => {
    const filters = node.extra_info?.['File Filters']
    const of = typeof filters === 'string' ? ofFilter.exec(filters)?.[1] : undefined
    if (of !== undefined) {
      const files = /^(\d+)\//.exec(String(node.extra_info?.['Scanning Files']))?.[1]
      scans.push({ of, condition: conditionOf(String(filters)), filter, files: files ? Number(files) : null })
    }
    const below = node.name?.trim() === 'FILTER' ? bothOf(filter, node.extra_info?.Expression) : null
    for (const child of node.children ?? []) visit(child, below)
  }
  for (const root of JSON.parse(plan) as PlanNode[]) visit(root, null)
  return scans
}

const bothOf = (above: string | null, expression: unknown): string | null => {
  if (typeof expression !== 'string') return above
  return above === null ? expression : `(${above}) AND (${expression})`
}

/** DuckDB writes filters one after the other, without an operator between them. */
const conditionOf = (filters: string) =>
  filters.replace(new RegExp(ofFilter, 'g'), '(true)').replace(/\)(?=[(\w])/g, ') AND ')

/** A node of a plan, or an expression, of `json_serialize_plan`. */
interface BoundNode {
  type?: string
  children?: BoundNode[]
  expressions?: BoundNode[]
  alias?: string
  /** Of a reference: the position among the columns of the node below. */
  index?: number
  names?: string[]
  column_indexes?: { index: number }[]
  /** Positions in `column_indexes`; empty: all. */
  projection_ids?: number[]
  /** Positions among the columns of the node below; empty: all. */
  projection_map?: number[]
}

/**
 * Whether each column that filters directly above scans call `date` is that column of the file. A statement may call
 * another column so, and plans in text do not distinguish them.
 * @param plan output of `json_serialize_plan`
 */
export function filtersNameDate(plan: string): boolean {
  const { plans = [] } = JSON.parse(plan) as { plans?: BoundNode[] }
  const visit = (node: BoundNode): boolean => {
    const below = node.type === 'LOGICAL_FILTER' ? node.children?.[0] : undefined
    const refs = below ? (node.expressions ?? []).flatMap(referencesIn) : []
    const isNamed = refs.every(({ alias = '', index }) => {
      const column = alias.toLowerCase() === 'date' && below ? columnAt(below, index!) : null
      return column === null || column === 'date'
    })
    return isNamed && (node.children ?? []).every(visit)
  }
  return plans.length > 0 && plans.every(visit)
}

function referencesIn(expression: unknown): BoundNode[] {
  if (typeof expression !== 'object' || expression === null) return []
  const node = expression as BoundNode
  if (node.type === 'BOUND_REF') return [node]
  return Object.values(node).flatMap(referencesIn)
}

/** The column of a file at a position of a node's output; null when that is not a column of a file. */
function columnAt(node: BoundNode, position: number): string | null {
  const [child] = node.children ?? []
  switch (node.type) {
    case 'LOGICAL_GET': {
      const column = node.column_indexes![mapped(node.projection_ids, position)]!
      return node.names![column.index]!
    }
    case 'LOGICAL_FILTER':
      return columnAt(child!, mapped(node.projection_map, position))
    case 'LOGICAL_PROJECTION': {
      const expression = node.expressions?.[position]
      return expression?.type === 'BOUND_REF' ? columnAt(child!, expression.index!) : null
    }
    default:
      return null
  }
}

const mapped = (positions: readonly number[] | undefined, position: number) =>
  positions?.length ? positions[position]! : position
