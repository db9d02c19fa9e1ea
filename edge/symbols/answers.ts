// Responses of the symbol server, in the form that Tecken's clients expect.
import { jsonAnswer, plainAnswer } from '../lib/http.ts'

/** Where the symbol server is mounted. */
export const mount = '/symbols'

export const isSymbolRequest = ({ url }: Request): boolean => new URL(url).pathname.startsWith(`${mount}/`)

/** As Tecken sends them (tecken/base/decorators.py, set_cors_headers). */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers':
    'accept,accept-encoding,authorization,content-type,dnt,origin,user-agent,x-csrftoken,x-requested-with',
} as const

/** For files that may be stored a moment later. */
const missingHeaders = { 'cache-control': 'public, max-age=30' } as const

export const errorAnswer = (status: number, error: string, headers: Record<string, string> = {}): Response =>
  jsonAnswer({ error }, { status, headers })

/** @param path decoded, without the mount */
export const unknownPath = (path: string): Response =>
  jsonAnswer({ error: 'Not Found', path }, { status: 404 })

/** @param path decoded */
export const methodNotAllowed = (method: string, path: string, allow: string): Response =>
  errorAnswer(405, `Method Not Allowed (${method}): ${path}`, { allow })

export const missing = (text: string, headers: Record<string, string> = {}): Response =>
  plainAnswer(text, 404, { ...corsHeaders, ...missingHeaders, ...headers })

/** The storage failed: whether the file exists is unknown, and clients must not remember it as missing. */
export const failing = (): Response =>
  errorAnswer(503, 'The symbol storage does not respond. Try again', {
    ...corsHeaders,
    'retry-after': '5',
    'cache-control': 'no-store',
  })
