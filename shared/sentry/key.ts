// The public key with which a Sentry client identifies its project.
// https://develop.sentry.dev/sdk/foundations/transport/authentication/
/** True for text that can be a public key. */
export const isPublicKey = (text: string): boolean => /^[\w-]{1,100}$/.test(text)

/** The key in the query string, or in `X-Sentry-Auth` or `Authorization`; null when there is none. */
export function publicKeyOf(url: string, headers: Headers): string | null {
  return checked(new URL(url).searchParams.get('sentry_key')) ?? headerKey(headers)
}

function headerKey(headers: Headers): string | null {
  const values = ['x-sentry-auth', 'authorization'].map((name) => headers.get(name) ?? '')
  const auth = values.find((value) => /^sentry\s/i.test(value))
  return checked(/[\s,]sentry_key\s*=\s*([\w-]+)/.exec(auth ?? '')?.[1])
}

/** The key in a DSN, `https://<key>@<host>/<project>`. */
export function keyOfDsn(dsn: string | null): string | null {
  return dsn !== null && URL.canParse(dsn) ? checked(new URL(dsn).username) : null
}

const checked = (key: string | null | undefined) => (key && isPublicKey(key) ? key : null)
