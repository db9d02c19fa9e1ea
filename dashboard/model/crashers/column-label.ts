// The label of a column of the table `crashes`.
import { columnsOf } from '../../../shared/fields/columns.ts'
import { labelOf } from '../../../shared/fields/fields.ts'

const labels = new Map(columnsOf('crashes').map(({ name, field }) => [name, labelOf(field.name)]))

/** Of a column that does not exist: its name. */
export const labelOfColumn = (column: string): string => labels.get(column) ?? column
