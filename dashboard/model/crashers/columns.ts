// Which columns of a list are shown: the choice of the reader, in the URL.

/** What the choice needs to know of a column. */
export interface ColumnChoice {
  key: string
  /** Always shown: it identifies the row. */
  header?: boolean
  /** Shown only when chosen. */
  extra?: boolean
}

const isShownAtFirst = ({ extra = false }: ColumnChoice) => !extra

/**
 * The chosen columns in their usual order; `text` has keys separated by commas, other keys are ignored. Without a text,
 * those that are not extra.
 */
export function shownColumns<Column extends ColumnChoice>(
  columns: readonly Column[],
  text: string | undefined,
): Column[] {
  if (text === undefined) return columns.filter(isShownAtFirst)
  const chosen = new Set(text.split(','))
  return columns.filter(({ key, header = false }) => header || chosen.has(key))
}

/** The text of a choice; undefined for the usual one. */
export function columnsText(
  columns: readonly ColumnChoice[],
  shown: ReadonlySet<string>,
): string | undefined {
  const chosen = columns.filter(({ key, header = false }) => !header && shown.has(key))
  const usual = columns.filter((column) => !column.header && isShownAtFirst(column))
  const isUsual = chosen.length === usual.length && chosen.every((column) => usual.includes(column))
  return isUsual ? undefined : chosen.map(({ key }) => key).join(',') || 'none'
}
