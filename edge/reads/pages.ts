// The dashboard: a file, or the page that renders the path.
import type { EdgeDeps } from '../deps.ts'
import { problem } from '../lib/http.ts'

const fileName = /\.[a-z0-9]+$/i
const immutable = 'public, max-age=31536000, immutable'
const revalidated = 'public, max-age=0, must-revalidate'

/** A path that looks like a file returns 404 unless it exists; so does a path like Dockerflow's (`/__version__`). */
export async function readPage(request: Request, deps: EdgeDeps): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/__')) return problem(404)
  const answer = await deps.assets(request)
  if (answer.status === 404) return problem(404, 'The dashboard has not been built: run `npm run build`')
  const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true
  if (isPage && fileName.test(pathname) && !pathname.endsWith('.html')) {
    await answer.body?.cancel()
    return problem(404)
  }
  const headers = new Headers(answer.headers)
  // Vite puts a hash of the content into the names of files below /assets/.
  if (answer.ok) headers.set('cache-control', pathname.startsWith('/assets/') ? immutable : revalidated)
  headers.set('vary', 'accept-encoding')
  return new Response(answer.body, { status: answer.status, headers })
}
