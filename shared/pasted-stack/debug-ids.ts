// Debug IDs from the identifiers that crash reports show.

/** Of Mach-O: the UUID of LC_UUID, with or without hyphens. Null for another text. */
export function debugIdOfUuid(uuid: string): string | null {
  const digits = uuid.replaceAll('-', '').toUpperCase()
  return /^[0-9A-F]{32}$/.test(digits) ? `${digits}0` : null
}

/** Of ELF: the first 16 bytes of the build ID as a GUID, whose first three fields are little-endian. */
export function debugIdOfBuildId(buildId: string): string | null {
  if (!/^(?:[0-9a-fA-F]{2}){4,64}$/.test(buildId)) return null
  const bytes = buildId.toUpperCase().padEnd(32, '0').slice(0, 32).match(/../g)!
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  return `${order.map((i) => bytes[i]!).join('')}0`
}
