// Progress of long work on standard error: a bar on a terminal, else a line a minute.
import progressBars from 'cli-progress'
import type { Millis } from '../../shared/units.ts'

/** A bar appears after this time, so that short work shows none. */
const barAfter: Millis = 1000
const lineEvery: Millis = 60_000

export interface Progress extends Disposable {
  /** Counts `by` more items as done. */
  tick(by?: number): void
  /** Sets the total when it was not known at the start. */
  expect(total: number): void
  /** `expect`, `tick`, or both. */
  update(event: { planned?: number; done?: number }): void
}

interface Work {
  label: string
  /** Plural noun for what is counted; `%`: the total is 100. */
  unit: string
  started: Millis
  /** 0: not known. */
  total: number
  done: number
}

/** Shows `label`, the count of `unit` and the rate per second, until it is disposed. */
export function startProgress(label: string, total: number, unit: string): Progress {
  const work: Work = { label, unit, total, done: 0, started: performance.now() }
  const view = process.stderr.isTTY ? startBar(work) : startLines(work)
  const tick = (by = 1) => {
    work.done += by
    view.update()
  }
  const expect = (value: number) => {
    work.total = value
    view.update()
  }
  return {
    tick,
    expect,
    update({ planned, done }) {
      if (planned !== undefined) expect(planned)
      if (done !== undefined) tick(done)
    },
    [Symbol.dispose]: view.stop,
  }
}

interface View {
  update(): void
  stop(): void
}

const secondsOf = ({ started }: Work) => (performance.now() - started) / 1000
/** Per second, or per minute where that is less than one. */
function rateOf(work: Work): string {
  const rate = work.done / Math.max(0.001, secondsOf(work))
  return rate >= 1 ? `${Math.round(rate)}/s` : `${Math.round(60 * rate)}/min`
}

function startBar(work: Work): View {
  let bar: progressBars.SingleBar | null = null
  const timer = setTimeout(() => {
    bar = createBar(work)
    bar.start(work.total, work.done, { rate: rateOf(work) })
  }, barAfter)
  timer.unref()
  return {
    update() {
      bar?.setTotal(work.total)
      bar?.update(work.done, { rate: rateOf(work) })
    },
    stop() {
      clearTimeout(timer)
      bar?.stop()
      bar = null
    },
  }
}

function createBar(work: Work): progressBars.SingleBar {
  const count = work.unit === '%' ? '{percentage} %' : `{value} of {total} ${work.unit}, {rate}`
  const format = `${work.label} {bar} ${count}`
  return new progressBars.SingleBar({
    format: (options, params, values) =>
      work.total === 0 ? textOf(work) : progressBars.Format.Formatter({ ...options, format }, params, values),
    stream: process.stderr,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // Nothing restores a mode of the terminal after Ctrl-C.
    linewrap: true,
    fps: 8,
  })
}

function startLines(work: Work): View {
  const timer = setInterval(() => process.stderr.write(`mayday: ${textOf(work)}\n`), lineEvery)
  timer.unref()
  return { update() {}, stop: () => clearInterval(timer) }
}

function textOf(work: Work): string {
  const { label, unit, total, done } = work
  const time = `after ${Math.round(secondsOf(work))} s`
  if (total === 0 && done === 0) return `${label}: still running ${time}`
  if (unit === '%') return `${label}: ${Math.round(done)} % ${time}`
  const count = total > 0 ? `${done} of ${total}` : String(done)
  return `${label}: ${count} ${unit}, ${rateOf(work)}, ${time}`
}

/** Shows progress while `work` runs; removes the bar before the result is printed. */
export async function withProgress<T>(
  [label, total, unit]: Parameters<typeof startProgress>,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  using progress = startProgress(label, total, unit)
  return await work(progress)
}
