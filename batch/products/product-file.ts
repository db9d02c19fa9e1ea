// Product files: their schema, and what is wrong with a file, by line.
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { check, checkedText, documented, exactObject, readDocument } from '../../shared/json/schema.ts'
import { bugPlaceholders, sourcePlaceholders, templateProblem } from '../../shared/text/link-templates.ts'
import { type Compat, compats } from '../../shared/signature/lists.ts'
import { alertSettings, defaultAlertSettings } from './alert-settings.ts'
import { lineOf, repeatedKey } from './json-places.ts'

const presets = ['default', 'mozilla'] as const
/** The list of rules that serves a family of applications. */
export type Preset = (typeof presets)[number]

const daysText = 'must be a number of days, or null for no limit'
const days = (what: string, usual: number | null) =>
  documented(z._default(z.nullable(z.int(daysText).check(z.minimum(1, daysText))), usual), what)

const countText = 'must be a whole number from 1, or null for all'

/** By default personal data is kept for half a year, rows forever. */
const retention = exactObject({
  reports: days('Stored reports: annotations and dumps.', 180),
  documents: days('Processed crashes.', 180),
  protected: days('Rows of `protected`; at the latest with the public rows.', 180),
  rows: days('Rows of `crashes` and `modules`.', null),
  aggregates: days("The product's counts by day in `signatures` and `builds`, and its `usage`.", null),
})
export type Retention = z.output<typeof retention>
export const defaultRetention: Retention = z.parse(retention, {})

/** Derived data must be kept as long as its source, or it would be derived again. */
function checkSources(given: Retention, context: z.core.$RefinementCtx): void {
  const limitOf = (name: keyof Retention) => given[name] ?? Number.POSITIVE_INFINITY
  for (const name of Object.keys(given) as (keyof Retention)[]) {
    const source = name === 'aggregates' ? 'rows' : 'reports'
    if (limitOf(name) < limitOf(source))
      context.addIssue({ code: 'custom', path: [name], message: `must not be shorter than ${source}` })
  }
}

const texts = z.array(z.string())
const httpUrl = /^https?:\/\//

const bugUrl = checkedText((url) =>
  templateProblem(url, { placeholders: bugPlaceholders, schemes: ['https', 'http'] }),
)
const sourceUrl = checkedText((url) =>
  templateProblem(url, { placeholders: sourcePlaceholders, schemes: ['https'] }),
)

const bugLink = exactObject({
  title: documented(z.string(), 'Text of the link.'),
  url: documented(
    bugUrl,
    'Address with the placeholders `{signature}`, `{product}`, `{version}`, `{platform}`, `{reason}` and `{crash_id}`.',
  ),
})

const sourceLink = exactObject({
  prefix: documented(
    z.string().check(z.minLength(1, 'must not be empty')),
    'Start of the file names to which the link applies, as the symbols give them: a folder such as `/build/ledger/`, or a repository such as `git:git.example.org/`, `hg:`, `svn:`, `s3:bucket:` or `cargo:registry:`.',
  ),
  url: documented(
    sourceUrl,
    'Address, https only, with placeholders after the host. `{path}`: the rest of the file name; for names of the form `<vcs>:<repo>:<path>:<revision>`, `{repo}`, `{path}` and `{revision}`: the parts after the prefix. `{object}`: the path with its folder named by a hash, for `s3:`. `{crate}` and `{crate_version}`, for `cargo:`. `{line}`, and `{version}` of the product.',
  ),
})

const trackerKinds = ['bugzilla', 'github', 'gitlab'] as const
const trackerText =
  'must be the URL of a tracker, like https://bugzilla.example.org or https://github.com/owner/repo'
const trackerUrl = checkedText((text) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash
  return isPlain && httpUrl.test(text) ? null : trackerText
})

const bugTracker = exactObject({
  kind: documented(z.enum(trackerKinds), 'Which software it is.'),
  url: documented(
    trackerUrl,
    'Of a Bugzilla, its address; of GitHub and GitLab, the page of the repository or project.',
  ),
  private_bugs: documented(
    z._default(z.enum(['omit', 'include']), 'omit'),
    'Bugs that only a token can see: `include` shows them to everyone who sees the dashboard.',
  ),
})
export type BugTracker = z.output<typeof bugTracker>

/** A tracker given to a command. @throws CrashError 'bad-usage' */
export const checkTracker = (tracker: z.input<typeof bugTracker>): BugTracker =>
  readDocument(bugTracker, tracker, { code: 'bad-usage', prefix: 'The tracker: ' })

const isServer = (url: string) => httpUrl.test(url) && URL.canParse(url)
const symbolsText =
  'must be the URL of a symbol server (https://…, srv:https://… or debuginfod:https://…) or an absolute path'
const symbolPlace = checkedText((place) =>
  place.startsWith('/') || isServer(place.replace(/^(srv|debuginfod):/, '')) ? null : symbolsText,
)

const productFile = exactObject({
  $schema: z.exactOptional(documented(z.string(), 'For editors: the location of this schema.')),
  name: documented(
    z.string('must be the product name that clients send').check(z.minLength(1, 'must not be empty')),
    'The product name as clients send it (`ProductName`, `_productName`, `prod` or `product`), or as Crashpad wrote it into the minidump.',
  ),
  description: documented(z._default(z.string(), ''), 'One line for the home page.'),
  preset: documented(
    z._default(z.enum(presets), 'default'),
    'The rules for its crashes: `default` for any application, `mozilla` for those built on Gecko.',
  ),
  signature: documented(
    z._default(
      exactObject({
        compat: documented(
          z._default(z.nullable(z.enum(compats)), null),
          "`socorro`: signatures equal Socorro's, character by character; `mayday`: names of every language, and locations where symbols are missing. `null`: `socorro` with the preset `mozilla`, else `mayday`.",
        ),
      }),
      { compat: null },
    ),
    'How signatures are generated.',
  ),
  channels: documented(z._default(texts, []), 'Release channels in display order; others follow by count.'),
  featured_versions: documented(
    z._default(texts, ['auto']),
    'Versions listed first: by name, `X.Yb` for all betas of X.Y, `auto` for the newest of each of the three newest minor versions.',
  ),
  beta_numbers: documented(
    z._default(z.boolean(), false),
    'Betas report the version of the release; imported builds supply the beta number.',
  ),
  bug_links: documented(
    z._default(z.array(bugLink), []),
    'Links to report a bug, shown with reports and signatures.',
  ),
  bug_trackers: documented(
    z._default(z.array(bugTracker).check(z.maxLength(20)), []),
    'Trackers whose bugs name signatures (`[@ … ]`): `mayday run` keeps the table `bugs` up to date with them.',
  ),
  source_links: documented(
    z._default(z.array(sourceLink), []),
    'Links from frames to their source; the first whose prefix matches applies.',
  ),
  own_modules: documented(
    z._default(z.array(z.string().check(z.minLength(1, 'must not be empty'))).check(z.maxLength(100)), []),
    'Names of its own modules, tinted in stacks; `*` is any text, case does not matter. Without it: the main module, and modules whose name contains its name, or that have its signer or version.',
  ),
  symbols: documented(
    z._default(z.array(symbolPlace), []),
    "Symbol servers and folders for its crashes, tried in order after the store's own symbols and those of `--symbols`.",
  ),
  dumps_per_signature: documented(
    z._default(z.nullable(z.int(countText).check(z.minimum(1, countText))), null),
    'How many reports of each signature, version and platform keep their minidumps, `null` for all: `mayday expire` removes those of further crashes.',
  ),
  alerts: documented(
    z._default(alertSettings, defaultAlertSettings),
    'What is an alert of this product, and who receives it; see [alerts](alerts.md).',
  ),
  retention: documented(
    z._default(retention.check(z.superRefine(checkSources)), defaultRetention),
    'Days to keep data after the day of submission, `null` for no limit.',
  ),
})

export interface Product extends Omit<z.output<typeof productFile>, '$schema'> {
  /** Unique; `[a-z0-9-]`, because it is part of paths. The name of the file. */
  slug: string
}

/** Whose signatures the crashes of a product get. */
export const compatOf = ({ preset, signature }: Pick<Product, 'preset' | 'signature'>): Compat =>
  signature.compat ?? usualCompat(preset)

/** Programs built on Gecko have signatures in Socorro, which must stay the same. */
export const usualCompat = (preset: Preset): Compat => (preset === 'mozilla' ? 'socorro' : 'mayday')

/** What applies to a product without a file. */
export const defaultProduct = z.parse(productFile, { name: 'any' })

/** Maximum length of a product file, in UTF-16 code units. */
const maxLength = 64 * 1024
/** Problems that one error message names. */
const maxProblems = 5

/**
 * Reads a product file.
 * @param file its name, `<slug>.json`
 * @throws CrashError 'bad-config' naming the file and the line of each problem
 */
export function parseProduct(file: string, content: string): Product {
  const slug = file.replace(/\.json$/, '')
  if (!/^[a-z0-9-]{1,100}\.json$/.test(file))
    throw badFile(file, [
      'its file name must consist of a-z, 0-9 and - and end in .json, because it is part of paths: rename it',
    ])
  if (content.length > maxLength) throw badFile(file, [`it has more than ${maxLength} characters`])
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch (cause) {
    throw badFile(file, [`it is not JSON: ${(cause as Error).message.replace(/\s+/g, ' ')}`])
  }
  const repeated = repeatedKey(content)
  if (repeated) throw badFile(file, [`line ${repeated.line}: ${repeated.key} is there twice`])
  const { data, problems, paths } = check(productFile, json)
  if (problems)
    throw badFile(
      file,
      problems.map((text, i) => `line ${lineOf(content, paths[i]!)}: ${text}`),
    )
  const { $schema: _, ...product } = data
  return { slug, ...product }
}

function badFile(file: string, problems: readonly string[]): CrashError {
  const more = problems.length - maxProblems
  const shown = [...problems.slice(0, maxProblems), ...(more > 0 ? [`and ${more} more`] : [])]
  return new CrashError('bad-config', `Product file ${file}: ${shown.join('; ')}`)
}

/** The JSON Schema of a product file, derived from the schema that `parseProduct` uses. */
export const productSchema = () => ({
  title: 'Product file of Mayday',
  description: 'What is known about one product.',
  ...z.toJSONSchema(productFile, { io: 'input' }),
})
