// A process that runs one statement of a client and ends: what a statement breaks, it breaks here.
import { isCrashError } from '../../../shared/errors.ts'
import { openStore } from '../../lake/open-store.ts'
import type { Table } from '../../lake/tables.ts'
import { type Output, writeRows } from '../output/write-result.ts'
import { explainPrefix, openSession } from '../session.ts'
import { checkStatement, protectedTables } from './check-statement.ts'
import type { QueryMessage, QueryStart } from './query-protocol.ts'

const send = (message: QueryMessage) =>
  new Promise<void>(
    (resolve) => void (process.connected ? process.send!(message, () => resolve()) : resolve()),
  )

/** Bytes of a result that are held back, so that an error among them is an answer of its own. */
const heldBytes = 256 * 1024

/** Standard output; `begin` runs before the first bytes. */
function heldOutput(begin: () => Promise<void>): Output & { finish(): Promise<void> } {
  let held: (string | Uint8Array)[] | null = []
  let bytes = 0
  const writeNow = (data: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(data, (error) => (error ? reject(error) : resolve()))
    })
  const release = async () => {
    const pieces = held ?? []
    held = null
    await begin()
    for (const piece of pieces) await writeNow(piece)
  }
  return {
    isTerminal: false,
    async write(data) {
      if (!held) return writeNow(data)
      held.push(data)
      bytes += data.length
      if (bytes > heldBytes) await release()
    },
    async finish() {
      if (held) await release()
    },
  }
}

async function run({ store, request, limits }: QueryStart): Promise<void> {
  await using open = await openStore({ store })
  const { includeProtected, format, sql, values, tableRows } = request
  const mayRead = ({ bucket }: Table) => bucket === 'lake' || includeProtected
  await using session = await openSession(open, { sandbox: { ...limits, mayRead } })
  const views = await checkStatement(session.connection, sql)
  const isProtected = protectedTables(views)
  await send({ kind: 'checked', protectedTables: isProtected })
  if (isProtected.length > 0 && !includeProtected) return
  const output = heldOutput(() => send({ kind: 'started', isPlan: explainPrefix.test(sql) }))
  const rows = await writeRows(session, sql, { format, mostRows: tableRows, values }, output)
  await output.finish()
  await send({ kind: 'ended', rows })
}

process.once('message', async (start: QueryStart) => {
  try {
    await run(start)
  } catch (error) {
    if (!isCrashError(error)) throw error
    await send({ kind: 'failed', code: error.code, message: error.message })
  }
  process.disconnect?.()
})
// The process that serves queries ended.
process.once('disconnect', () => process.exit())
await send({ kind: 'ready' })
