// Identifies clients: the key by which requests of one client are counted. Addresses are neither stored nor logged.
import ipaddr from 'ipaddr.js'

export interface Client {
  /** True for the local machine, without a proxy in between. */
  local: boolean
  /** True when the connection is from the local machine: from a program, or from a proxy that forwards requests. */
  fromThisMachine: boolean
  /** One key per IPv4 address, and per IPv6 /64 network: the minimum that a subscriber has. */
  key: string
}

/** How the edge learns addresses from the proxies in front of it. */
export interface ProxySettings {
  /** Header to which each proxy appends the address of its peer; null: there is no proxy. */
  clientAddressHeader: string | null
  /** How many proxies in a row are trusted, 1 or more. */
  trustedProxyHops: number
}

const unknownKey = 'unknown'
/** The longest text of an IPv6 address, a zone and a port with it. */
const maxAddressLength = 80

/**
 * The client of a request.
 * @param peer address of the other end of the connection; null where that is a file of this machine
 */
export function clientOf(
  headers: Headers,
  peer: string | null,
  { clientAddressHeader, trustedProxyHops }: ProxySettings,
): Client {
  const address = peer === null ? null : parseAddress(peer)
  const fromThisMachine = peer === null || address?.range() === 'loopback'
  const list = clientAddressHeader === null ? null : headers.get(clientAddressHeader)
  if (list === null) return { local: fromThisMachine, fromThisMachine, key: keyOf(address) }
  return { local: false, fromThisMachine, key: addressKey(forwardedAddress(list, trustedProxyHops)) }
}

/** The key of an address, with or without a port and brackets; all other texts share one key. */
export const addressKey = (text: string): string => keyOf(parseAddress(text))

function keyOf(address: Address | null): string {
  if (!address) return unknownKey
  if (!('parts' in address)) return address.toString()
  const network = address.parts.slice(0, 4).map((part) => part.toString(16))
  return `${network.join(':')}::/64`
}

/**
 * The last address of a list that does not belong to a trusted proxy: the list has one entry less than there are
 * proxies, since the last proxy is the peer. Entries before that address may be written by the client.
 */
function forwardedAddress(list: string, hops: number): string {
  const entries = list.split(',')
  const entry = entries[Math.max(0, entries.length - hops)]!.trim()
  // RFC 7239: for="[2001:db8::1]:4711";proto=https
  return /(?:^|;)\s*for="?([^";]*)/i.exec(entry)?.[1] ?? entry
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** IPv4 in IPv6 becomes IPv4; short and octal forms of IPv4 are invalid. Null for other text. */
function parseAddress(text: string): Address | null {
  if (text.length > maxAddressLength) return null
  const withoutPort = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  if (!withoutPort.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(withoutPort)) return null
  try {
    return ipaddr.process(withoutPort)
  } catch {
    return null
  }
}
