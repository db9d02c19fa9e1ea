// Worker thread of `mayday stackwalk`: paths in, texts out.
import { serveTasks } from '../threads/thread-protocol.ts'
import { createFileWalker, type StackwalkSettings, type WalkedFile } from './file.ts'

serveTasks<StackwalkSettings, string, WalkedFile>((settings, { begin }) => {
  const walk = createFileWalker(settings)
  return async (path) => {
    begin()
    return { result: await walk(path) }
  }
})
