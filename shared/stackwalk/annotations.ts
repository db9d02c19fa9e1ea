// Annotations that appear in stack walk output.

/** Signer of each module from `ModuleSignatureInfo`: `{signer: [file names]}`, an object or its JSON text. */
export function readCertificates(info: unknown): Map<string, string> {
  const certificates = new Map<string, string>()
  const value = typeof info === 'string' ? parse(info) : info
  if (typeof value !== 'object' || value === null) return certificates
  for (const [signer, names] of Object.entries(value)) {
    if (!Array.isArray(names)) continue
    for (const name of names) if (typeof name === 'string') certificates.set(name, signer)
  }
  return certificates
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** `0x…` of at most 64 bits, else null. */
export const readMicrocode = (text: unknown): bigint | null =>
  typeof text === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(text) : null
