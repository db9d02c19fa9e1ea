// Writes docs/policy.schema.json from the declarations of shared/throttle: `node test/support/make-policy-schema.ts`,
// then `npm run format`. A test compares.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { policySchema } from '../../shared/throttle/policy.ts'

writeFileSync(
  resolve(import.meta.dirname, '../../docs/policy.schema.json'),
  `${JSON.stringify(policySchema(), null, 2)}\n`,
)
