// Rules for grouping: the stack key, which does not need symbols, and the signature.
import { mainDumpName, type PartialCrash } from '../../../shared/crash.ts'
import { fieldByName } from '../../../shared/fields/fields.ts'
import { conform } from '../../../shared/fields/shape.ts'
import { crashDataFrom } from '../../../shared/signature/crash-data.ts'
import { generateSignature, type SignatureResult } from '../../../shared/signature/signature.ts'
import { type Rule, rule } from './rule.ts'
import { present } from '../../../shared/present.ts'

/** Maximum length of the stored debug log, in UTF-16 code units. */
const maxDebug = 32_768

const signature = rule({
  name: 'signature',
  version: 3,
  after: [
    'stack-key',
    'crashing-thread',
    'truncate-stacks',
    'copy-annotations',
    'java-stack-trace',
    'report-type',
  ],
  run({ signatureConfig }, draft, note) {
    const result = generateSignature(crashDataFrom(publicInputs(draft)), {
      ...signatureConfig,
      explain: true,
    })
    for (const text of result.notes) note(text)
    return { ...fieldsOf(result), signature_version: signatureConfig.version }
  },
})

/**
 * The inputs of signatures: all fields but the signature. They are all public, so nothing protected can enter a
 * signature or its steps; only the exception comes from the client, in a form of its own.
 */
function publicInputs({ signature: _none, ...draft }: Readonly<PartialCrash>): object {
  if (!Object.hasOwn(draft, 'java_exception')) return draft
  const { shape } = fieldByName('java_exception')
  return { ...draft, java_exception: conform(draft.java_exception, shape, 'public') }
}

function fieldsOf({ signature, steps, debug_log, extra }: SignatureResult): PartialCrash {
  return {
    signature,
    signature_steps: steps,
    signature_debug: debug_log.join('\n').slice(0, maxDebug),
    ...present({ proto_signature: extra.proto_signature }),
  }
}

/** Depends on the dump alone, not on symbols, lists or rules: it does not change when a crash is regrouped. */
const stackKey = rule({
  name: 'stack-key',
  version: 2,
  run({ walked }) {
    const key = walked.find((dump) => dump.name === mainDumpName)?.stackKey
    return key ? { stack_key: key } : null
  },
})

export const keyRules: readonly Rule[] = [stackKey]
export const signatureRules: readonly Rule[] = [signature]
