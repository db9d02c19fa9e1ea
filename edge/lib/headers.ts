// Response headers, as middleware.
import type { Handler, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { etag, RETAINED_304_HEADERS } from 'hono/etag'
import { secureHeaders } from 'hono/secure-headers'

/** Hono sends these by default; only pages need them. */
const forPagesOnly = {
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const

export const everyAnswer: MiddlewareHandler = secureHeaders({
  ...forPagesOnly,
  referrerPolicy: 'strict-origin-when-cross-origin',
  strictTransportSecurity: 'max-age=31536000',
})

/** The dashboard loads nothing from other origins. */
export const pageHeaders: MiddlewareHandler = secureHeaders({
  ...forPagesOnly,
  crossOriginOpenerPolicy: 'same-origin',
  referrerPolicy: false,
  strictTransportSecurity: false,
  permissionsPolicy: { camera: false, geolocation: false, microphone: false },
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    // Charts carry style elements and attributes.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
})

/**
 * For crash clients: pages of any origin may read the response, and proxies must not store or change it. Hono's
 * `cors` sets its headers before the response exists, and copying them removes Content-Length under Deno.
 */
export const clientHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('access-control-allow-origin', '*')
  c.res.headers.set('cache-control', 'no-store, no-transform')
}

const corsPreflight = cors({
  origin: '*',
  allowMethods: ['POST', 'OPTIONS'],
  allowHeaders: [
    ...['content-type', 'content-encoding', 'authorization'],
    // https://develop.sentry.dev/sdk/foundations/transport/authentication/
    ...['x-sentry-auth', 'sentry-trace', 'baggage'],
  ],
  maxAge: 86_400,
})

/** Responds to a browser's preflight request with 200, since old web views fail on 204. */
export const preflight =
  (allow: string): MiddlewareHandler =>
  async (c, next) => {
    c.header('allow', allow)
    const answer = await corsPreflight(c, next)
    return new Response(null, { headers: (answer as Response).headers })
  }

/** Responds to a browser's preflight request for reading by range. */
export const readPreflight: Handler = () =>
  new Response(null, {
    headers: {
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'range, if-range, if-none-match',
      'access-control-max-age': '86400',
    },
  })

/** Responds with 304 when the client already has the representation. */
export const conditional: MiddlewareHandler = etag({
  retainedHeaders: [...RETAINED_304_HEADERS, 'access-control-allow-origin'],
})

/** Hono handles HEAD like GET and drops the body, which may be a stream with an open file or connection. */
export const releaseHeadBody: MiddlewareHandler = async (c, next) => {
  await next()
  if (c.req.method === 'HEAD') await c.res.body?.cancel()
}
