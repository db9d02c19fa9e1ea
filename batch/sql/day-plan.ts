// Which days of which tables a planned statement reads.

/** One scan of table files in a plan of DuckDB. */
export interface Scan {
  /** Value of the partition `of` (stand-ins.ts). */
  of: string
  /** SQL condition on `date` that each file must meet. It may be true for more files than DuckDB reads. */
  condition: string
  /** Number of files that the plan reads; null when the plan does not state it. */
  files: number | null
}

interface PlanNode {
  children?: PlanNode[]
  extra_info?: { 'File Filters'?: unknown; 'Scanning Files'?: unknown }
}

const ofFilter = /\(of = '([a-z_]+)'\)/

/** The scans of files with a partition `of`. @param plan output of `EXPLAIN (FORMAT json)` */
export function scansOf(plan: string): Scan[] {
  const scans: Scan[] = []
  const visit = (node: PlanNode) => {
    const filters = node.extra_info?.['File Filters']
    const of = typeof filters === 'string' ? ofFilter.exec(filters)?.[1] : undefined
    if (of !== undefined) {
      const files = /^(\d+)\//.exec(String(node.extra_info?.['Scanning Files']))?.[1]
      scans.push({ of, condition: conditionOf(String(filters)), files: files ? Number(files) : null })
    }
    node.children?.forEach(visit)
  }
  for (const root of JSON.parse(plan) as PlanNode[]) visit(root)
  return scans
}

/** DuckDB writes filters one after the other, without an operator between them. */
const conditionOf = (filters: string) =>
  filters.replace(new RegExp(ofFilter, 'g'), '(true)').replace(/\)(?=[(\w])/g, ') AND ')
