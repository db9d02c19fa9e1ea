// A progress line on the terminal for work longer than a second; silent otherwise.
import { SingleBar } from 'cli-progress'

const showAfterMs = 1000

export interface Progress extends Disposable {
  /** Counts `by` more items as done. */
  tick(by?: number): void
  /** Sets the total when it was not known at the start. */
  expect(total: number): void
  /** `expect`, `tick`, or both. */
  update(event: { planned?: number; done?: number }): void
}

/**
 * Shows `label`, a bar, and the rate per second on standard error, only on a terminal and only after one second.
 * @param unit plural noun for what is counted
 */
export function startProgress(label: string, total: number, unit: string): Progress {
  let done = 0
  let bar: SingleBar | null = null
  const started = performance.now()
  const timer = process.stderr.isTTY ? setTimeout(show, showAfterMs) : null
  timer?.unref()

  function show(): void {
    bar = createBar(label, unit)
    bar.start(total, done, { rate: rate() })
  }
  const rate = () => Math.round((1000 * done) / Math.max(1, performance.now() - started))

  const tick = (by = 1) => {
    done += by
    bar?.update(done, { rate: rate() })
  }
  const expect = (value: number) => {
    total = value
    bar?.setTotal(value)
  }
  return {
    tick,
    expect,
    update({ planned, done }) {
      if (planned !== undefined) expect(planned)
      if (done !== undefined) tick(done)
    },
    [Symbol.dispose]() {
      if (timer) clearTimeout(timer)
      bar?.stop()
      bar = null
    },
  }
}

const createBar = (label: string, unit: string) =>
  new SingleBar({
    format: `${label} {bar} {value} of {total} ${unit}, {rate}/s`,
    stream: process.stderr,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
  })

/** Shows progress while `work` runs; removes the line before the result is printed. */
export async function withProgress<T>(
  [label, total, unit]: Parameters<typeof startProgress>,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  using progress = startProgress(label, total, unit)
  return await work(progress)
}
