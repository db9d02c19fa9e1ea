// The settings of e-mail.

export interface MailServer {
  /** `smtps://user:password@host:465` or `smtp://host:587`. */
  url: string
  /** The address of the sender. */
  from: string
}
