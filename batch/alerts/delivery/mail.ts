// E-mail through a server (SMTP).
import { createTransport } from 'nodemailer'
import { CrashError, reasonOf } from '../../../shared/errors.ts'
import { isPrivateHost } from '../../../shared/symbols/sources/redirects.ts'
import type { Millis } from '../../../shared/units.ts'
import { visible } from '../../../shared/text/visible.ts'
import type { MailServer } from './mail-server.ts'
import { type Message, textOf } from './message.ts'

const stepTimeout: Millis = 10_000
/** For the whole delivery. */
const timeout: Millis = 40_000
const longestReason = 200

/**
 * Sends plain text. Connections are encrypted, except to servers in the network of this machine that offer none.
 * @param to addresses, separated by commas
 * @throws CrashError 'storage' without password
 */
export async function sendMail(server: MailServer, to: string, message: Message): Promise<void> {
  const url = new URL(server.url)
  const transport = createTransport({
    ...connectionTo(url, { isPrivate: await isPrivateHost(url.hostname) }),
    ...{ connectionTimeout: stepTimeout, greetingTimeout: stepTimeout, socketTimeout: stepTimeout },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  const limit = AbortSignal.timeout(timeout)
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  })
  try {
    await Promise.race([transport.sendMail(mailOf(server, to, message)), late])
  } catch (error) {
    throw new CrashError(
      'storage',
      `The mail server ${url.host} failed: ${visible(reasonOf(error)).slice(0, longestReason)}`,
    )
  } finally {
    transport.close()
  }
}

/**
 * Options of Nodemailer for a server: `smtps:` is encrypted from the start, `smtp:` once the server offers it.
 * @param isPrivate the server may offer no encryption
 */
export function connectionTo(
  { hostname, port, protocol, username, password }: URL,
  { isPrivate }: { isPrivate: boolean },
) {
  const secure = protocol === 'smtps:'
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isPrivate,
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
  }
}

/** The ID is the same for the same message, so that servers recognize one that arrives again. */
const mailOf = ({ from }: MailServer, to: string, message: Message) => ({
  from,
  to: to.split(','),
  subject: `[Mayday] ${message.subject}`,
  text: textOf(message),
  messageId: `<${message.id}@${from.slice(from.lastIndexOf('@') + 1).replace(/[^A-Za-z0-9.-]/g, '')}>`,
  headers: { 'Auto-Submitted': 'auto-generated' },
})
