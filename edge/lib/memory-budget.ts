// How much memory the reports at work may hold together, so that many large ones at once cannot end the isolate.

/** The budget is spent: try again later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
}

/** The share of one request. */
export interface Share {
  /** Says how much the request holds now. @throws Overloaded when all together hold more than the budget */
  hold(bytes: number): void
  release(): void
}

export interface Budget {
  readonly heldBytes: number
  open(): Share
}

/** `maxBytes`, inclusive. A single request always gets as much as it is allowed to send. */
export function createBudget(maxBytes: number): Budget {
  let held = 0
  let open = 0
  return {
    get heldBytes() {
      return held
    },
    open() {
      let mine = 0
      let closed = false
      open++
      const release = () => {
        held -= mine
        mine = 0
        if (!closed) open--
        closed = true
      }
      return {
        hold(bytes) {
          held += bytes - mine
          mine = bytes
          if (held <= maxBytes || open === 1) return
          const all = held
          // At once, so that one that goes makes room for the others.
          release()
          throw new Overloaded(`Reports at work hold ${all} bytes`)
        },
        release,
      }
    },
  }
}
