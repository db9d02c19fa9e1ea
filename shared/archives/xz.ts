// xz, inflated by a package that is WebAssembly.

/** Not in every runtime's types. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (code: Uint8Array) => object }
}

/** Workers does not, while it runs: there, xz cannot be read. */
export function compilesWebAssembly(): boolean {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    return true
  } catch {
    return false
  }
}

/** The inflated content. One stream can be read at a time: read it whole before another is begun. */
export async function xzStream(compressed: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const module = await import('xz-decompress')
  // Node finds the names that a CommonJS module exports, Deno only the whole.
  const { XzReadableStream } = 'default' in module ? (module.default as typeof module) : module
  return new XzReadableStream(compressed)
}
