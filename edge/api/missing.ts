// MissingProcessedCrash: stored reports that verification found without a processed crash.
import { ApiProblem } from '../../shared/api/problems.ts'
import { readMissing } from '../../shared/api/missing.ts'
import { publicOrigin } from '../symbols/upload/public-origin.ts'
import type { StoreCall } from './store-call.ts'

const pageSize = 1000

/** A page outside the list is the last one. @throws ApiProblem */
export async function listMissing({
  args,
  deps,
  request,
}: StoreCall<'MissingProcessedCrash'>): Promise<object> {
  const text = args.page ?? '1'
  if (!/^\s*[+-]?\d{1,9}\s*$/.test(text)) throw new ApiProblem(400, { error: 'invalid page number' })
  const given = Number(text)
  const crashes = await readMissing(deps.stores.crashes)
  const last = Math.max(1, Math.ceil(crashes.length / pageSize))
  const page = given < 1 || given > last ? last : given
  const link = (number: number) => {
    const { pathname, searchParams } = new URL(request.url)
    searchParams.set('page', String(number))
    return `${publicOrigin(request, deps)}${pathname}?${searchParams}`
  }
  return {
    results: crashes
      .slice((page - 1) * pageSize, page * pageSize)
      .map(({ crash_id, is_processed, created }) => ({ crash_id, is_processed, created })),
    count: crashes.length,
    next: page < last ? link(page + 1) : null,
    previous: page > 1 ? link(page - 1) : null,
  }
}
