// A thread of `mayday stackwalk`: paths in, texts out.
import { parentPort, workerData } from 'node:worker_threads'
import { createFileWalker, type StackwalkSettings } from './file.ts'

const port = parentPort!
const walk = createFileWalker(workerData as StackwalkSettings)

let turn = Promise.resolve()
port.on('message', ({ index, path }: { index: number; path: string }) => {
  // An error here is a bug of ours: it ends the thread, and the main thread tells.
  turn = turn.then(async () => port.postMessage({ index, walked: await walk(path) }))
})
