// The header of an Avro file, read by another library.
import avro from 'avsc'

/** The metadata in the header by name. */
export async function headerOf(bytes: Uint8Array): Promise<Record<string, Buffer>> {
  const decoder = new avro.streams.BlockDecoder()
  const found = new Promise<Record<string, Buffer>>((resume) =>
    decoder.on('metadata', (_type: unknown, _codec: unknown, header: { meta: Record<string, Buffer> }) =>
      resume(header.meta),
    ),
  )
  decoder.end(Buffer.from(bytes))
  decoder.resume()
  return found
}
