// Signed tickets: what an uploader may do within a limited time, as text that is safe in a path. They need no state.
import * as z from 'zod/mini'
import { isSameHash } from '../../../shared/access/tokens.ts'
import { check } from '../../../shared/json/schema.ts'
import { crashIdKeyFor } from '../../config.ts'
import type { EdgeDeps } from '../../deps.ts'
import type { Upload } from './store-upload.ts'
import { UploadRefused } from './refused.ts'

const lifetimeMs = 24 * 3_600_000

const claims = z.object({
  /** For one kind of request. */
  use: z.enum(['file', 'sym-upload']),
  /** Of the upload. */
  id: z.int(),
  isTry: z.boolean(),
  label: z.string(),
  tokenId: z.string(),
  /** Milliseconds since 1970. */
  expires: z.number(),
  key: z.optional(z.string()),
  size: z.optional(z.int()),
  md5: z.optional(z.string()),
})
export type Claims = z.output<typeof claims>

type Purpose = Pick<Claims, 'use' | 'key' | 'size' | 'md5'>

export function writeTicket(
  request: Request,
  deps: EdgeDeps,
  { upload, ...purpose }: Purpose & { upload: Upload },
): string {
  const { id, isTry, holder } = upload
  const all: Claims = {
    ...purpose,
    ...{ id, isTry, label: holder.label, tokenId: holder.tokenId },
    expires: deps.now().getTime() + lifetimeMs,
  }
  const text = toBase64Url(new TextEncoder().encode(JSON.stringify(all)))
  return `${text}.${sign(text, request, deps)}`
}

/** @throws UploadRefused for a ticket that is forged, expired, or for another use */
export function readTicket(
  text: string,
  request: Request,
  { deps, use }: { deps: EdgeDeps; use: Claims['use'] },
) {
  const [body = '', signature = ''] = text.split('.')
  const isSigned = isSameHash(signature, sign(body, request, deps))
  const { data } = isSigned ? check(claims, JSON.parse(fromBase64Url(body))) : {}
  if (data?.use !== use) throw new UploadRefused(403, 'This upload URL is not valid')
  if (data.expires < deps.now().getTime())
    throw new UploadRefused(403, 'This upload URL has expired: request another one')
  const { id, isTry, label, tokenId } = data
  const upload: Upload = { id, isTry, holder: { label, tokenId } }
  return { ...data, upload }
}

function sign(text: string, request: Request, { codecs, config, isLocal }: EdgeDeps): string {
  const { key } = crashIdKeyFor(config, isLocal(request))
  return toBase64Url(codecs.hmacSha256(key, new TextEncoder().encode(`symbol-upload ${text}`)))
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const fromBase64Url = (text: string): string => {
  const binary = atob(text.replace(/[-_]/g, (c) => (c === '-' ? '+' : '/')))
  return new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)))
}
