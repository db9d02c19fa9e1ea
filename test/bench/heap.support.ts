// Memory of a Worker in the local runtime: its isolate's heap as the inspector reports it, its process as the kernel does.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const sampleEveryMs = 5
const mega = 2 ** 20

/** https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#method-getHeapUsage */
interface HeapUsage {
  usedSize: number
  embedderHeapUsedSize: number
  /** Array buffers and external strings. */
  backingStorageSize: number
}

/** Peak heap of an isolate in MiB, garbage included; sampled between its event loop turns. */
export interface HeapPeak {
  peakMb: number
  samples: number
}

/** Watches the isolate behind an inspector until `stop`. */
export async function watchHeap(inspector: URL): Promise<{ stop(): Promise<HeapPeak> }> {
  const usage = await connect(inspector)
  const seen = { peakMb: 0, samples: 0 }
  let going = true
  const sample = async () => {
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await usage()
    seen.peakMb = Math.max(seen.peakMb, (usedSize + embedderHeapUsedSize + backingStorageSize) / mega)
    seen.samples++
  }
  await sample()
  const watching = (async () => {
    for (; going; await sleep(sampleEveryMs)) await sample()
  })()
  return {
    async stop() {
      going = false
      await watching
      usage.close()
      return seen
    },
  }
}

type AskUsage = (() => Promise<HeapUsage>) & { close(): void }

async function connect(inspector: URL): Promise<AskUsage> {
  const socket = new WebSocket(inspector)
  await new Promise((done, fail) => {
    socket.onopen = done
    socket.onerror = () => fail(new Error(`No inspector responds at ${inspector}`))
  })
  let id = 0
  const ask = () =>
    new Promise<HeapUsage>((resume, fail) => {
      const mine = ++id
      socket.onmessage = ({ data }) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: HeapUsage }
        if (answer.id === mine && answer.result) resume(answer.result)
      }
      socket.onclose = () => fail(new Error('The inspector closed the connection'))
      socket.send(JSON.stringify({ id: mine, method: 'Runtime.getHeapUsage' }))
    })
  return Object.assign(ask, { close: () => socket.close() })
}

/** Peak memory of all workerd processes that this process started, since `reset`, in MiB (proc_pid_status(5)). */
export const workerdMemory = {
  reset(): void {
    for (const pid of workerdProcesses()) writeFileSync(`/proc/${pid}/clear_refs`, '5')
  },
  peakMb(): number {
    const peaks = workerdProcesses().map((pid) => {
      const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      return Number(found![1]) / 1024
    })
    return Math.max(...peaks)
  },
}

export function workerdProcesses(): number[] {
  const parents = new Map<number, { parent: number; name: string }>()
  for (const entry of readdirSync('/proc').filter((file) => /^\d+$/.test(file))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const nameEnd = stat.lastIndexOf(')')
      const parent = Number(stat.slice(nameEnd + 2).split(' ')[1])
      parents.set(Number(entry), { parent, name: stat.slice(stat.indexOf('(') + 1, nameEnd) })
    } catch {
      // The process has ended in the meantime.
    }
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (parents.has(pid) && isOurs(parents.get(pid)!.parent))
  return [...parents].filter(([pid, { name }]) => name === 'workerd' && isOurs(pid)).map(([pid]) => pid)
}
