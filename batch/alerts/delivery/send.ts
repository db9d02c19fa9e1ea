// Sends one message to one destination.
import { CrashError } from '../../../shared/errors.ts'
import type { Destination } from './destinations.ts'
import type { MailServer } from './mail-server.ts'
import type { Message } from './message.ts'
import { postWebhook, type SendWait } from './webhook.ts'
import { webhookBody } from './webhook-bodies.ts'

export interface SendOptions {
  /** Null: not configured. */
  mailServer: MailServer | null
  wait?: SendWait
}

/** @throws CrashError 'bad-config' for e-mail without a server, 'storage' when it could not be delivered */
export async function sendMessage(
  { kind, target }: Destination,
  message: Message,
  { mailServer, wait }: SendOptions,
): Promise<void> {
  if (kind !== 'mail') return postWebhook(target, { body: webhookBody(kind, message), id: message.id }, wait)
  if (!mailServer) throw new CrashError('bad-config', 'Set SMTP_URL and MAIL_FROM to send e-mail')
  const { sendMail } = await import('./mail.ts')
  await sendMail(mailServer, target, message)
}
