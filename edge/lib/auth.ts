// Bearer tokens, compared in constant time.

const encoder = new TextEncoder()

/** True when the request carries exactly `Bearer <token>`. Without a token nobody is authorized. */
export async function hasBearer(request: Request, token: string | null): Promise<boolean> {
  const header = request.headers.get('authorization')
  return token !== null && header !== null && sameText(header, `Bearer ${token}`)
}

/** Compares hashes, so that neither length nor the place of a difference shows in the time taken. */
async function sameText(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))),
  )
  const left = new Uint8Array(x!)
  const right = new Uint8Array(y!)
  let difference = 0
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!
  return difference === 0
}
