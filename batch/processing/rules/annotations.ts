// The rule that copies annotations into the fields of their names.
import { copyAnnotations as copy } from '../../../shared/fields/copy.ts'
import { type Rule, rule } from './rule.ts'

/** One rule for all copied fields; each is converted for itself, so that none costs another. */
const copyAnnotations = rule({
  name: 'copy-annotations',
  version: 1,
  run({ raw }, _draft, note) {
    const { fields, notes } = copy(raw)
    for (const text of notes) note(text)
    return fields
  },
})

export const annotationRules: readonly Rule[] = [copyAnnotations]
