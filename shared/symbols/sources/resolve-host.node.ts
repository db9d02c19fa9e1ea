// Addresses of host names, as the system resolves them.
import { lookup } from 'node:dns/promises'
import type { ResolveHost } from './redirects.ts'

export const resolveHost: ResolveHost = async (name) =>
  (await lookup(name, { all: true })).map(({ address }) => address)
