// The edge under Deno in a separate process, with a folder store.
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import type { Storage } from '../../../../shared/storage/storage.ts'
import { until } from '../../../support/until.ts'

export interface DenoEdge {
  /** Without a trailing slash. */
  url: string
  process: Deno.ChildProcess
  crashes: Storage
}

/** Starts `program` (edge/runtime/deno-server.ts) over `folder` and waits until it listens. */
export async function startEdge(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  program = '../../../../edge/runtime/deno-server.ts',
): Promise<DenoEdge> {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  const { port } = listener.addr as Deno.NetAddr
  listener.close()
  const process = new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', new URL(program, import.meta.url).href],
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      MAYDAY_STORE: `file:${folder}`,
      CRASH_ID_KEY: 'the key of the tests',
      ...env,
    },
    stdout: 'null',
    stderr: 'inherit',
  }).spawn()
  const url = `http://127.0.0.1:${port}`
  await until(
    async () => {
      const answer = await fetch(`${url}/__lbheartbeat__`).catch(() => null)
      await answer?.body?.cancel()
      return answer !== null
    },
    { what: 'the edge to listen' },
  )
  return { url, process, crashes: createFolderStorage(`${folder}/crashes`) }
}

/** Stops it with SIGTERM and waits for its end. */
export async function stopEdge({ process }: DenoEdge): Promise<void> {
  process.kill('SIGTERM')
  await process.status
}
