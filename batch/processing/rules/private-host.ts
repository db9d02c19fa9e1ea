// Detects hosts on private networks.
import { BlockList, isIP } from 'node:net'

/** https://www.iana.org/assignments/iana-ipv4-special-registry/ and its counterpart for IPv6. */
const privateBlocks = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const

const blocks = new BlockList()
for (const [address, bits, family] of privateBlocks) blocks.addSubnet(address, bits, family)

/**
 * Whether a host is local or on a private network: by its name, if it has no dot or a private suffix, or by its
 * address, including IPv4-mapped IPv6 addresses.
 * @param hostname as in `URL.hostname`: lower case, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  if (version) return blocks.check(address, version === 4 ? 'ipv4' : 'ipv6')
  return /(?:^|\.)(?:localhost|localdomain|local|internal)\.?$|^[^.]+\.?$/.test(hostname)
}
