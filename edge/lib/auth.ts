// Bearer tokens, compared in constant time.
import { timingSafeEqual } from 'hono/utils/buffer'

/** True when the request carries exactly `Bearer <token>`. Always false without a token. */
export async function hasBearer(request: Request, token: string | null): Promise<boolean> {
  const header = request.headers.get('authorization')
  return token !== null && header !== null && timingSafeEqual(header, `Bearer ${token}`)
}
