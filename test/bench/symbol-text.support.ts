// Symbol files of a given size that compress to two thirds, so that uploads of some size take their time.
import { createHash } from 'node:crypto'

/** Bytes of text made at a time. */
const pieceBytes = 3 * 1024 * 1024
const start = 'PUBLIC 1000 0 '
const nameLength = 100
const lineLength = start.length + nameLength + 1

export interface SymbolText {
  name: string
  id: string
  /** About this many bytes. */
  bytes: number
}

export const benchId = (i: number): string => `${i.toString(16).toUpperCase().padStart(32, 'B')}0`

/** The path of its symbol file in a symbol store. */
export const benchPath = ({ name, id }: Pick<SymbolText, 'name' | 'id'>): string =>
  `${name}/${id}/${name}.sym`

/** The same text for the same module. */
export async function* symbolText({ name, id, bytes }: SymbolText): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(`MODULE Linux x86_64 ${id} ${name}\n`)
  for (let at = 0; at < bytes; at += pieceBytes) yield piece(`${id} ${at}`, Math.min(pieceBytes, bytes - at))
}

function piece(seed: string, bytes: number): Uint8Array {
  const count = Math.ceil(bytes / lineLength)
  const noise = createHash('shake256', { outputLength: count * nameLength * 0.75 })
    .update(seed)
    .digest('base64url')
  const line = (_: unknown, i: number) => start + noise.slice(i * nameLength, (i + 1) * nameLength)
  return new TextEncoder().encode(`${Array.from({ length: count }, line).join('\n')}\n`)
}
