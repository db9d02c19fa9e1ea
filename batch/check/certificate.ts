// Checks of TLS: whether there is any, and how long the certificate is valid.
import { once } from 'node:events'
import { connect } from 'node:tls'
import { reasonOf } from '../../shared/errors.ts'
import { dayMs } from '../../shared/time/dates.ts'
import type { Millis } from '../../shared/units.ts'
import type { CheckContext } from './context.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'

const timeout: Millis = 10_000

export async function* checkCertificate({ deployment, now }: CheckContext): AsyncIterable<Finding> {
  const { protocol, hostname, port } = new URL(deployment.url)
  if (protocol === 'https:') {
    const host = hostname.replace(/^\[|\]$/g, '')
    yield await readValidity(host, Number(port || 443)).then(
      (validity) => validityFinding(validity, now()),
      (error: unknown) => failed('TLS', { text: reasonOf(error), cure: 'renew or replace the certificate' }),
    )
  } else if (deployment.isLocal)
    yield skipped('TLS', {
      text: 'the URL is of this machine, without TLS',
      cure: 'check the public https URL too',
    })
  else
    yield failed('TLS', {
      text: 'reports, tokens and protected data are sent unencrypted',
      cure: 'put a proxy with TLS in front, and check its https URL',
    })
}

export interface Validity {
  from: Date
  to: Date
}

/** Of the certificate that the host presents, which must be valid. */
async function readValidity(host: string, port: number): Promise<Validity> {
  const socket = connect({ host, port, servername: host, timeout })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(timeout) })
    const { valid_from, valid_to } = socket.getPeerCertificate()
    return { from: new Date(valid_from), to: new Date(valid_to) }
  } finally {
    socket.destroy()
  }
}

/** Certificates are renewed when about a third of their lifetime is left. */
export function validityFinding({ from, to }: Validity, now: Date): Finding {
  const lifetime = to.getTime() - from.getTime()
  const left = to.getTime() - now.getTime()
  const days = (ms: Millis) => `${Math.floor(ms / dayMs)} days`
  const text = `the certificate is ${days(now.getTime() - from.getTime())} old and valid for ${days(left)} more`
  const cure = 'check what renews the certificate'
  if (left < Math.min(7 * dayMs, lifetime / 10)) return failed('TLS', { text, cure })
  if (left < Math.min(21 * dayMs, lifetime / 4)) return warning('TLS', { text, cure })
  return ok('TLS', text)
}
