// Debug IDs as MODULE records and symbol stores write them.

const upperHex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()

/** A GUID (16 bytes as in memory: the first three fields are little-endian) and its age. */
export function debugIdOfGuid(guid: Uint8Array, age: number): string {
  const id = new Uint8Array(16)
  id.set(guid.subarray(0, 16))
  for (const [from, to] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const)
    id.subarray(from, to).reverse()
  return upperHex(id) + (age >>> 0).toString(16)
}

/** An ELF build ID: its first 16 bytes are read as a GUID; a shorter one is padded with zeros. */
export const debugIdOfBuildId = (buildId: Uint8Array) => debugIdOfGuid(buildId, 0)

/** A Mach-O UUID is written unchanged. */
export const debugIdOfUuid = (uuid: Uint8Array) => `${upperHex(uuid.subarray(0, 16))}0`

export const codeIdOfBuildId = upperHex

/** Time stamp and size of the image, in a PE file's header. */
export const codeIdOfPe = (timestamp: number, imageSize: number) =>
  `${timestamp.toString(16).padStart(8, '0')}${imageSize.toString(16)}`.toUpperCase()
