// Who uploads, and into which storage.
import { bareToken } from '../../../shared/access/presented-token.ts'
import { requirePermission } from '../../access/access.ts'
import { teckenDenial } from '../../access/denial.ts'
import type { Holder } from '../../access/token-source.ts'
import type { SymbolServer } from '../context.ts'

/**
 * The sender, with a permission to upload to some storage.
 * @param token presented in the URL; by default that of the headers
 * @throws AccessDenied, TokensUnknown
 */
export async function requireUploader(
  request: Request,
  { deps }: SymbolServer,
  token?: string | null,
): Promise<Holder> {
  const style = teckenDenial
  const presented = token === undefined ? {} : { token: token && (bareToken(token) ?? token) }
  return requirePermission(request, deps, { permission: 'upload_try_symbols', style, ...presented })
}

/**
 * Whether an upload goes to the storage of try builds.
 * @param asked the field `try`: any text for try builds, empty text for the regular storage; undefined: as far as the
 * sender may
 * @returns null when the sender may not upload there
 */
export function storageFor({ permissions }: Holder, asked?: string): boolean | null {
  const isRegular = permissions.has('upload_symbols')
  if (asked === undefined) return !isRegular
  if (asked !== '') return true
  return isRegular ? false : null
}

/** @throws AccessDenied unless the sender may upload to the regular storage */
export async function requireRegular(request: Request, { deps }: SymbolServer): Promise<false> {
  await requirePermission(request, deps, { permission: 'upload_symbols', style: teckenDenial })
  return false
}
