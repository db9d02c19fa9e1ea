// A worker thread for tests of the pool: the crash ID determines its behavior.
import { type BatchResult, emptyResult, type Job } from '../../../batch/processing/jobs.ts'
import { serveTasks, type ThreadTools } from '../../../batch/threads/thread-protocol.ts'

serveTasks<null, readonly Job[], BatchResult>((_context, tools) => async (jobs) => {
  const rows: BatchResult['rows'] = {}
  for (const job of jobs) {
    tools.begin()
    if (isHarmful(job)) harm(job.crashId)
    if (job.crashId === 'ask') rows.answer = await answerOf(tools)
  }
  const documents = jobs.map(({ crashId, bytes, effort, failure }) => ({
    crashId,
    product: '',
    inputBytes: bytes.length,
    bytes: new TextEncoder().encode(`${effort} ${failure}`),
  }))
  return { result: { ...emptyResult(), documents, rows, timings: { walk: 1 } } }
})

const isHarmful = ({ effort, crashId }: Job) =>
  effort === 'full' || (effort === 'no-dumps' && crashId.includes('always'))

function harm(crashId: string): void {
  if (crashId.startsWith('endless')) for (;;);
  if (crashId.startsWith('exit')) process.exit(3)
  if (crashId.startsWith('throw')) throw new RangeError('secret text of a report')
  if (crashId.startsWith('huge')) fillMemory()
}

const answerOf = async ({ ask }: ThreadTools) => ({
  count: 1,
  bytes: new TextEncoder().encode(String(await ask('what'))),
  longest: 0,
})

function fillMemory(): void {
  const kept: unknown[] = []
  for (;;) kept.push(Array.from({ length: 1000 }, () => ({})))
}
