// The document of a product's releases.
import { type ReleasesAggregate, releasesSchema } from '../../../shared/releases/document.ts'
import { aggregatePath, bySchema, type Loaded, type Resource, useDocuments } from '../../data.ts'

/** Of one product. */
export function useReleases({ name, slug }: { name: string; slug: string }): Resource<ReleasesAggregate> {
  const { all, retry } = useDocuments([
    {
      path: aggregatePath(`releases/${encodeURIComponent(slug)}.json`),
      read: bySchema(
        releasesSchema,
        (value) => value.product !== name && 'it is the document of another product',
      ),
    },
  ])
  return { loaded: all[0] as Loaded<ReleasesAggregate>, retry }
}
