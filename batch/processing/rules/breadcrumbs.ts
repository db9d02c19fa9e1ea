// The rule for breadcrumbs: events before the crash, in the form that several client libraries send.
import { type Rule, rule, annotationText } from './rule.ts'

const breadcrumbs = rule({
  name: 'breadcrumbs',
  version: 1,
  run(input, _draft, note) {
    const text = annotationText(input, 'Breadcrumbs')
    if (!text) return null
    const problem = (what: string) => {
      note(`Breadcrumbs: malformed: ${what}`)
      return null
    }
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      return problem('not JSON')
    }
    const list = Array.isArray(parsed) ? parsed : ((parsed as { values?: unknown } | null)?.values ?? parsed)
    if (!Array.isArray(list)) return problem(`${describe(list)} is not of type 'array'`)
    const bad = list.find((item) => typeof item !== 'object' || item === null || Array.isArray(item))
    if (bad !== undefined) return problem("an item is not of type 'object'")
    const fields = ['timestamp', 'category', 'type', 'level', 'message'] as const
    const wrong = fields.find((field) =>
      list.some((item) => item[field] !== undefined && typeof item[field] !== 'string'),
    )
    return wrong ? problem(`${wrong} is not of type 'string'`) : { breadcrumbs: list }
  },
})

/** Breadcrumbs are user data: a note may only reveal that the value is empty. */
const describe = (value: unknown) => (JSON.stringify(value) === '{}' ? '{}' : 'the value')

export const breadcrumbRules: readonly Rule[] = [breadcrumbs]
