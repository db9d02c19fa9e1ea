// Where symbols were looked for, as everyone may see it.
import { isPrivateHost } from './private-host.ts'
import { type Rule, rule } from './rule.ts'

const server = /^(?:(?:srv|debuginfod):)?(https?:\/\/.*)$/i

/** `the store`, then a place each: a server by origin and path; folders and private servers only by kind. */
export function shownPlaces(places: readonly string[]): string[] {
  const shown = places.map((place) => {
    const url = URL.parse(server.exec(place)?.[1] ?? '')
    if (!url) return 'a folder of the operator'
    return isPrivateHost(url.hostname) ? 'a private server' : `${url.origin}${url.pathname}`
  })
  return [...new Set(['the store', ...shown])]
}

const symbolPlaces = rule({
  name: 'symbol-places',
  version: 1,
  after: ['stackwalk'],
  run: ({ symbolPlaces }, draft) =>
    draft.json_dump?.modules?.length ? { symbol_places: shownPlaces(symbolPlaces) } : null,
})

export const symbolRules: readonly Rule[] = [symbolPlaces]
