// The rule that copies annotations to the fields of the same name.
import { copyAnnotations as copy } from '../../../shared/fields/copy.ts'
import { type Rule, rule } from './rule.ts'

/** One rule for all copied fields. Each is converted separately: one failure does not affect the others. */
const copyAnnotations = rule({
  name: 'copy-annotations',
  version: 3,
  run({ raw }, _draft, note) {
    const { fields, notes } = copy(raw)
    for (const text of notes) note(text)
    return fields
  },
})

export const annotationRules: readonly Rule[] = [copyAnnotations]
