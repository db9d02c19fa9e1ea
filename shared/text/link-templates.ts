// Addresses with placeholders `{name}`, which product files contain: forms for bugs, the source of frames.

/** Those of the form for a new bug. */
export const bugPlaceholders = ['signature', 'product', 'version', 'platform', 'reason', 'crash_id'] as const

/**
 * Those of the source of a frame. `object`: the path with the folder named by a hash that generated files have in a
 * bucket. `crate` and `crate_version`: of names that begin with `cargo:`.
 */
export const sourcePlaceholders = [
  'repo',
  'path',
  'revision',
  'line',
  'version',
  'object',
  'crate',
  'crate_version',
] as const
export type SourcePlaceholder = (typeof sourcePlaceholders)[number]

const placeholder = /\{([a-z_]+)\}/g

/** Replaces the placeholders for which `valueFor` has a value; the value is not encoded. */
export const fillTemplate = (template: string, valueFor: (name: string) => string | undefined): string =>
  template.replace(placeholder, (whole, name: string) => valueFor(name) ?? whole)

interface TemplateRules {
  placeholders: readonly string[]
  /** `https` or also `http`. */
  schemes: readonly string[]
}

/** What is wrong with a template; null: nothing. Its host must be fixed, because values come from clients. */
export function templateProblem(template: string, { placeholders, schemes }: TemplateRules): string | null {
  const [, scheme = '', host = ''] = /^([a-z]+):\/\/([^/?#]*)/.exec(template) ?? []
  if (!schemes.includes(scheme)) return 'must begin with https://'
  const unknown = [...template.matchAll(placeholder)].find(([, name]) => !placeholders.includes(name!))
  if (unknown) return `has the unknown placeholder ${unknown[0]}; known are ${placeholders.join(', ')}`
  const filled = fillTemplate(template, () => 'x')
  if (/[{}@]/.test(host) || !URL.canParse(filled)) return 'must be an address whose host has no placeholder'
  return null
}
