// Columns of tables that list signatures.
import type { ComponentChildren } from 'preact'
import type { Tally } from '../../../shared/aggregates/documents.ts'
import { formatCount } from '../../model/format.ts'
import { signatureHref } from '../../route.ts'
import type { Column } from './data-table.tsx'

interface SignatureRow {
  product: string
  signature: string
  total: Tally
}

/** `marks`: what follows the signature in its cell; `version`: that its page is of. */
export const signatureColumn = <Row extends SignatureRow>(
  marks?: (row: Row) => ComponentChildren,
  version?: string,
): Column<Row> => ({
  key: 'signature',
  title: 'Signature',
  header: true,
  wide: true,
  value: (row) => row.signature,
  cell: (row) => (
    <>
      <a class="code" href={signatureHref(row.signature, { product: row.product, version })}>
        <bdi>{row.signature}</bdi>
      </a>
      {marks?.(row)}
    </>
  ),
})

export const productColumn: Column<SignatureRow> = {
  key: 'product',
  title: 'Product',
  value: (row) => row.product,
}

export const reportsColumn: Column<SignatureRow> = {
  key: 'reports',
  title: 'Reports',
  hint: 'Reports received, from which the number of crashes is estimated',
  numeric: true,
  value: (row) => row.total.count,
  cell: (row) => formatCount(row.total.count),
}

export const signatureKey = ({ product, signature }: SignatureRow) => `${product} ${signature}`
