// A response body in pieces, made as the client takes them, with an end also for clients that take them too slowly.
import type { Millis } from '../../shared/units.ts'
import type { StartTimer } from './timer.ts'

export interface PieceOptions {
  startTimer: StartTimer
  /** For the whole body. */
  timeoutMs: Millis
  /** Called when the body has ended or was abandoned. */
  onEnd(): void
}

/** The pieces in UTF-8. */
export function streamPieces(
  pieces: Iterator<string>,
  { startTimer, timeoutMs, onEnd }: PieceOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let cancelTimer = () => {}
  const end = () => {
    cancelTimer()
    onEnd()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        cancelTimer = startTimer(timeoutMs, () => {
          controller.error(new Error('The client was too slow'))
          onEnd()
        })
      },
      pull(controller) {
        const { done, value } = pieces.next()
        if (!done) return controller.enqueue(encoder.encode(value))
        controller.close()
        end()
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
