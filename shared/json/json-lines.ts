// JSON lines: one value a line.
import type * as z from 'zod/mini'
import { CrashError } from '../errors.ts'
import { readDocument } from './schema.ts'

export const encodeLines = (values: readonly unknown[]): Uint8Array =>
  new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''))

/**
 * Reads a value from each line; ignores empty lines.
 * @param name of the whole, for errors
 * @throws CrashError 'bad-json'
 */
export function decodeLines<Schema extends z.ZodMiniType>(
  schema: Schema,
  bytes: Uint8Array,
  name: string,
): z.output<Schema>[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .flatMap((line, index) => {
      if (line === '') return []
      const prefix = `Line ${index + 1} of ${name}: `
      return [readDocument(schema, parseJson(line, prefix), { code: 'bad-json', prefix })]
    })
}

function parseJson(line: string, prefix: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new CrashError('bad-json', `${prefix}it is not JSON`, { cause })
  }
}
