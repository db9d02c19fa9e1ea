// Bugs and SignaturesByBugs: which bugs name which signatures.
import type { Call } from '../../shared/api/calls.ts'
import { badParameter } from '../../shared/api/problems.ts'
import type { LiveTables } from './live-tables.ts'

interface Row {
  id: string
  signature: string
}

/** Numbers in the order of numbers, before other IDs. */
const order = 'ORDER BY try_cast(id AS HUGEINT) NULLS LAST, id, signature'

/** The bugs that name one of the signatures, each with all signatures that it names. */
export async function bugsOfSignatures({ args, signal }: Call<'Bugs'>, tables: LiveTables): Promise<object> {
  const { signatures } = args
  const rows = await tables.read(signal, async ({ relation, run }) =>
    run<Row>(
      `FROM (SELECT DISTINCT id, unnest(signatures) AS signature FROM ${await relation('bugs')}
         WHERE list_has_any(signatures, $signatures)) ${order}`,
      { signatures },
    ),
  )
  return answerOf(rows)
}

/** @throws ApiProblem for an ID that is not a number */
export async function signaturesOfBugs(
  { args, signal }: Call<'SignaturesByBugs'>,
  tables: LiveTables,
): Promise<object> {
  if (!args.bug_ids.every((id) => /^\d+$/.test(id))) throw badParameter('bug_ids')
  const ids = args.bug_ids.map((id) => id.replace(/^0+(?=\d)/, ''))
  const rows = await tables.read(signal, async ({ relation, run }) =>
    run<Row>(
      `FROM (SELECT DISTINCT id, unnest(signatures) AS signature FROM ${await relation('bugs')}
         WHERE id IN (SELECT unnest($ids))) ${order}`,
      { ids },
    ),
  )
  return answerOf(rows)
}

/** IDs that are numbers are numbers; keys of other trackers stay text. */
function answerOf(rows: readonly Row[]): object {
  const hits = rows.map(({ id, signature }) => ({ id: /^\d{1,15}$/.test(id) ? Number(id) : id, signature }))
  return { hits, total: hits.length }
}
