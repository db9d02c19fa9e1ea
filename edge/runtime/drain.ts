// Ends a server without cutting off requests: counts in-flight ones and refuses new ones.

export interface Drain<Info> {
  fetch(request: Request, info: Info): Promise<Response>
  /** From the first call on new requests get 503. Fulfilled when none is in flight. */
  finished(): Promise<void>
}

export function createDrain<Info>(
  handle: (request: Request, info: Info) => Response | Promise<Response>,
): Drain<Info> {
  let atWork = 0
  let ending = false
  const waiting: (() => void)[] = []
  return {
    async fetch(request, info) {
      if (ending)
        return new Response(null, { status: 503, headers: { 'retry-after': '1', connection: 'close' } })
      atWork++
      try {
        return await handle(request, info)
      } finally {
        if (--atWork === 0) for (const resume of waiting.splice(0)) resume()
      }
    },
    async finished() {
      ending = true
      if (atWork > 0) await new Promise<void>((resume) => waiting.push(resume))
    },
  }
}
