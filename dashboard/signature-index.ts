// The signature index as state: its parts, the most relevant ones first.
import {
  type SignatureIndex,
  type SignatureIndexPart,
  signatureIndexPartSchema,
  signatureIndexSchema,
} from '../shared/aggregates/signature-index.ts'
import { aggregatePath, bySchema, type Loaded, type Request, type Resource, useDocuments } from './data.ts'
import { type SearchablePart, searchablePart } from './model/signatures/find-signatures.ts'

export interface LoadedIndex {
  /** Those that are loaded, in their order. */
  parts: SearchablePart[]
  /** Signatures in all parts. */
  signatures: number
  omitted: number
  /** Some parts are still loading. */
  isLoading: boolean
  /** Some parts are missing or not readable. */
  isIncomplete: boolean
}

const indexRequest: Request = {
  path: aggregatePath('signature-index.json'),
  read: bySchema(signatureIndexSchema),
}

const partRequest = (name: string): Request => {
  const read = bySchema(signatureIndexPartSchema, (value) => problemOf(value, name))
  return {
    path: aggregatePath(`signature-index/${encodeURIComponent(name)}.json`),
    read(json) {
      const result = read(json)
      return 'value' in result ? { value: searchablePart(result.value as SignatureIndexPart) } : result
    },
  }
}

const columns = ['products', 'recent', 'days', 'total', 'first_seen', 'last_seen'] as const

function problemOf(part: SignatureIndexPart, name: string) {
  if (part.name !== name) return 'it is another part'
  const isWhole = columns.every(
    (column) => (part[column]?.length ?? part.signatures.length) === part.signatures.length,
  )
  return isWhole ? false : 'its columns have different lengths'
}

const none: SignatureIndex['parts'] = []

/** Ready with what is loaded so far; older signatures are requested once the recent ones are there. */
export function useSignatureIndex(): Resource<LoadedIndex> {
  const listed = useDocuments([indexRequest])
  const index = listed.all[0] as Loaded<SignatureIndex>
  const known = index.state === 'ready' ? index.value.parts : none
  const requests = (recent: boolean) =>
    known.filter((part) => part.recent === recent).map((part) => partRequest(part.name))
  const recent = useDocuments(requests(true))
  const hasRecent = recent.all.every(({ state }) => state !== 'loading')
  const older = useDocuments(hasRecent ? requests(false) : [])
  const loaded = [...recent.all, ...older.all] as Loaded<SearchablePart>[]
  return {
    loaded: index.state === 'ready' ? { state: 'ready', value: loadedIndex(index.value, loaded) } : index,
    retry: () => {
      for (const { retry } of [listed, recent, older]) retry()
    },
  }
}

function loadedIndex(
  { parts, omitted }: SignatureIndex,
  loaded: readonly Loaded<SearchablePart>[],
): LoadedIndex {
  return {
    parts: loaded.flatMap((part) => (part.state === 'ready' ? [part.value] : [])),
    signatures: parts.reduce((sum, { signatures }) => sum + signatures, 0),
    omitted,
    isLoading: loaded.length < parts.length || loaded.some(({ state }) => state === 'loading'),
    isIncomplete: loaded.some(({ state }) => state === 'missing' || state === 'failed'),
  }
}
