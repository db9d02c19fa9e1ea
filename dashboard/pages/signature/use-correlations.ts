// The correlations of a signature in one product.
import {
  type CorrelationsAggregate,
  correlationsSchema,
  leastForCorrelations,
  type SignatureCorrelations,
} from '../../../shared/aggregates/correlations.ts'
import type { SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { aggregatePath, bySchema, type Loaded, useDocuments } from '../../data.ts'

export interface CorrelationsOfSignature extends SignatureCorrelations {
  product: string
  from: IsoDate
  to: IsoDate
  /** Reports of the product that they were compared with. */
  reference: number
}

/** Of the product of the page, else of the one with the most crashes; null: not computed, or not loaded yet. */
export function useCorrelations(signature: SignatureAggregate): CorrelationsOfSignature | null {
  const { id, product, products } = signature
  const of = products.find((one) => one.product === product) ?? products[0]
  const start = id[0]!
  const isComputed = of !== undefined && of.total.count >= leastForCorrelations
  const { all } = useDocuments(
    isComputed
      ? [
          {
            path: aggregatePath(`correlations/${encodeURIComponent(of.slug)}/${start}.json`),
            read: bySchema(
              correlationsSchema,
              (value) =>
                (value.product !== of.product || value.start !== start) &&
                'it is the document of other signatures',
            ),
          },
        ]
      : [],
  )
  const [loaded] = all as [Loaded<CorrelationsAggregate>?]
  if (loaded?.state !== 'ready') return null
  const { signatures, from, to, reference, product: name } = loaded.value
  const own = signatures.find((one) => one.id === id)
  return own ? { ...own, product: name, from, to, reference } : null
}
