// Where messages about alerts go: the setting `ALERT_DESTINATIONS`. Targets are secret.

export const destinationKinds = ['json', 'slack', 'teams', 'mail'] as const
export type DestinationKind = (typeof destinationKinds)[number]

export interface Destination {
  name: string
  kind: DestinationKind
  /** A URL; for `mail` addresses, separated by commas. */
  target: string
}

export const destinationsForm =
  'must have the form NAME=KIND:TARGET, separated by spaces: json:, slack: and teams: with an https address, mail: with e-mail addresses separated by commas; each name once'

const most = 50
const address = /^[^\s@,;<>"\\]{1,64}@[^\s@,;<>"\\]{1,255}$/

/** `ops=slack:https://… team=mail:a@example.org`. Null: invalid. */
export function parseDestinations(text: string): ReadonlyMap<string, Destination> | null {
  const all = text.trim().split(/\s+/).map(parseOne)
  const byName = new Map(all.flatMap((one) => (one ? [[one.name, one] as const] : [])))
  return byName.size === all.length && all.length <= most ? byName : null
}

function parseOne(text: string): Destination | null {
  const [, name, word, target] = /^([A-Za-z0-9_-]{1,64})=([a-z]+):(.+)$/.exec(text) ?? []
  const kind = destinationKinds.find((one) => one === word)
  if (name === undefined || target === undefined || !kind) return null
  const isValid =
    kind === 'mail'
      ? target.split(',').every((one) => address.test(one))
      : /^https?:\/\//.test(target) && URL.canParse(target)
  return isValid ? { name, kind, target } : null
}

/** For lists: without the path and the query, which are secret. */
export const shownTarget = ({ kind, target }: Destination): string =>
  kind === 'mail' ? target : new URL(target).host
