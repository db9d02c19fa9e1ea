// Uploads that are refused, with the text that their senders see.

export class UploadRefused extends Error {
  override readonly name = 'UploadRefused'
  readonly status: number

  constructor(status: number, text: string, options?: ErrorOptions) {
    super(text, options)
    this.status = status
  }
}
