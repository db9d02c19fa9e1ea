// The endpoints that need only the object store: every edge answers them.
import type { StoreEndpointName } from '../../shared/api/calls.ts'
import { badArgument } from '../../shared/api/problems.ts'
import { describeSearchFields } from '../../shared/api/search-fields.ts'
import { readProcessedCrash, readRaw } from './crashes.ts'
import { listMissing } from './missing.ts'
import { requestReprocessing } from './reprocessing.ts'
import type { StoreCall } from './store-call.ts'

type StoreApi = { readonly [Name in StoreEndpointName]: (call: StoreCall<Name>) => Promise<unknown> }

export const storeApi: StoreApi = {
  SuperSearchFields: async () => describeSearchFields(),
  ProcessedCrash: readProcessedCrash,
  RawCrash: readRaw,
  MissingProcessedCrash: listMissing,
  Reprocessing: requestReprocessing,
  async NoOp({ args }) {
    if (args.product === 'bad') throw badArgument('Bad product')
    return { hits: [], total: 0 }
  },
}
