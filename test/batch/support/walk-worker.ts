// A worker thread for tests of `mayday stackwalk`: the path determines its behavior.
import type { StackwalkSettings, WalkedFile } from '../../../batch/stackwalk/file.ts'
import { serveTasks } from '../../../batch/threads/thread-protocol.ts'

serveTasks<StackwalkSettings, string, WalkedFile>((_settings, { begin }) => async (path) => {
  begin()
  if (path === 'huge') fillMemory()
  if (path === 'exit') process.exit(3)
  return { result: { path, text: 'walked', notes: [] } }
})

function fillMemory(): void {
  const kept: unknown[] = []
  for (;;) kept.push(Array.from({ length: 1000 }, () => ({})))
}
