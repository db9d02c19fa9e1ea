// Separates the payloads of a Sentry submission, which are decoded at the end, from its files, which are streamed.
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import type { PartHandler, PartHead } from '../report/body/multipart.ts'
import { decodeJson, decodeMsgpack, maxDecodedBytes } from './decode.ts'

/** The kind of a payload. */
export type PayloadKind = 'event' | 'breadcrumbs1' | 'breadcrumbs2' | 'user_report' | 'feedback'

/** The files in which the Crashpad back end of sentry-native stores event and breadcrumbs. */
export const payloadFiles: ReadonlyMap<string, PayloadKind> = new Map([
  ['__sentry-event', 'event'],
  ['__sentry-breadcrumb1', 'breadcrumbs1'],
  ['__sentry-breadcrumb2', 'breadcrumbs2'],
])

interface Payload {
  head: PartHead
  bytes: ByteBuffer
}

/**
 * Collects the first payload of each kind, and passes everything else to `files`, including payloads that are too
 * large or cannot be decoded.
 */
export class PayloadGatherer {
  private readonly files: PartHandler
  private readonly gathered = new Map<PayloadKind, Payload>()
  private current: Payload | null = null
  /** Kinds whose payload could not be decoded. */
  readonly unread: PayloadKind[] = []
  /** Memory used by the payloads so far, in bytes. */
  heldBytes = 0

  constructor(files: PartHandler) {
    this.files = files
  }

  has(kind: PayloadKind): boolean {
    return this.gathered.has(kind)
  }

  part(head: PartHead, kind: PayloadKind | undefined): void {
    if (kind === undefined || this.gathered.has(kind)) {
      this.files.part(head)
    } else {
      this.current = { head, bytes: new ByteBuffer() }
      this.gathered.set(kind, this.current)
    }
  }

  data(bytes: Uint8Array): void {
    if (this.current && this.current.bytes.length + bytes.length > maxDecodedBytes) this.spill()
    if (this.current) {
      this.current.bytes.append(bytes)
      this.heldBytes += bytes.length
    } else {
      this.files.data(bytes)
    }
  }

  end(last: boolean): void {
    if (!this.current) this.files.end(last)
    this.current = null
  }

  /**
   * The values of a payload; empty when there was none of the kind, or when it was passed to the files because it is
   * damaged.
   */
  take(kind: PayloadKind): readonly unknown[] {
    const payload = this.gathered.get(kind)
    if (!payload) return []
    this.gathered.delete(kind)
    const values = decode(payload.bytes.view())
    if (!values) this.keepAsFile(kind, payload)
    return values ?? []
  }

  /** The current payload is too large: passes it and its remainder to the files. */
  private spill(): void {
    const [kind] = [...this.gathered].find(([, payload]) => payload === this.current)!
    const { head, bytes } = this.current!
    this.current = null
    this.unread.push(kind)
    this.files.part(head)
    this.files.data(bytes.view())
    this.heldBytes -= bytes.length
    bytes.reset()
  }

  private keepAsFile(kind: PayloadKind, { head, bytes }: Payload): void {
    this.unread.push(kind)
    this.files.part(head)
    this.files.data(bytes.view())
    this.files.end(false)
  }
}

/** White space, and the byte order mark. */
const skipped = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])

/** JSON by its first byte, which no msgpack map starts with; else msgpack. Null when it is neither. */
function decode(bytes: Uint8Array): readonly unknown[] | null {
  const first = bytes.find((byte) => !skipped.has(byte))
  if (first !== 0x7b && first !== 0x5b) return decodeMsgpack(bytes)
  const value = decodeJson(bytes)
  if (value === null) return null
  return Array.isArray(value) ? value : [value]
}
