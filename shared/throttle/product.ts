// The product of a report: client families use different annotations for name, version, channel and kind of process.
import { own } from '../own.ts'

type Annotations = Readonly<Record<string, unknown>>

/**
 * Names of each annotation, the most specific first. Names of product and version at the same position are a pair:
 * Electron's `prod` is `Electron` for every app, and `ver` is the version of that.
 */
const names = {
  ProductName: ['ProductName', '_productName', 'prod', 'product'],
  Version: ['Version', '_version', 'ver', 'version'],
  ReleaseChannel: ['ReleaseChannel', 'channel', 'release_channel'],
  ProcessType: ['ProcessType', 'ptype', 'process_type'],
} as const

/** Every name of product, version, channel and kind of process. */
export const productNames: ReadonlySet<string> = new Set(Object.values(names).flat())
/** Clients without a name of this spelling may use another case. */
const byLowerCase = new Map([...productNames].map((name) => [name.toLowerCase(), name]))
const longestName = Math.max(...[...productNames].map((name) => name.length))
const initials: ReadonlySet<string> = new Set(
  [...byLowerCase.keys()].flatMap((name) => [name[0]!, name[0]!.toUpperCase()]),
)

/** The texts of one source by the names above, trimmed; empty ones do not count. */
type Texts = ReadonlyMap<string, string>

function textsOf(annotations: Annotations): Texts {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(annotations)) {
    if (key.length > longestName || !initials.has(key[0]!) || typeof value !== 'string') continue
    const name = productNames.has(key) ? key : byLowerCase.get(key.toLowerCase())
    const text = name && value.trim()
    if (text && (name === key || !texts.has(name))) texts.set(name, text)
  }
  return texts
}

/**
 * The annotations with `ProductName`, `Version` and `ReleaseChannel` filled in where the client used other names.
 * What annotations lack comes from `others`, in order: a query string, annotations inside a minidump. Nothing is removed
 * or overwritten, and no version is taken that belongs to another product.
 */
export function resolveProduct(annotations: Annotations, ...others: readonly Annotations[]): Annotations {
  const sources = [annotations, ...others].map(textsOf)
  const product = firstText(sources, names.ProductName)
  const found = {
    ProductName: product,
    Version: versionOf(sources, product),
    ReleaseChannel: firstText(sources, names.ReleaseChannel),
  }
  const missing = Object.entries(found).filter(
    ([name, text]) => text !== undefined && isEmpty(own(annotations, name)),
  )
  return missing.length === 0 ? annotations : { ...annotations, ...Object.fromEntries(missing) }
}

/** The kind of process that crashed, as the client names it; null when it does not. */
export const processTypeOf = (...sources: readonly Annotations[]): string | null =>
  firstText(sources.map(textsOf), names.ProcessType) ?? null

const isEmpty = (value: unknown) => value === undefined || value === null || value === ''

function firstText(sources: readonly Texts[], candidates: readonly string[]): string | undefined {
  for (const texts of sources) {
    const name = candidates.find((candidate) => texts.has(candidate))
    if (name !== undefined) return texts.get(name)
  }
  return undefined
}

/** The version of the first source that has one: paired with the product's name, else paired with no name. */
function versionOf(sources: readonly Texts[], product: string | undefined): string | undefined {
  if (product === undefined) return undefined
  for (const texts of sources) {
    const versions = names.Version.map((name, place) => ({
      text: texts.get(name),
      product: texts.get(names.ProductName[place]!),
    })).filter(({ text }) => text !== undefined)
    const found =
      versions.find((version) => version.product === product) ??
      versions.find((version) => version.product === undefined)
    if (found) return found.text
  }
  return undefined
}
