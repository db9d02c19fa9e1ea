// Rules that group: the key that holds when symbols are missing, and the signature.
import { mainDumpName, type PartialCrash } from '../../../shared/crash.ts'
import { fieldByName } from '../../../shared/fields/fields.ts'
import { conform } from '../../../shared/fields/shape.ts'
import { crashDataFrom } from '../../../shared/signature/crash-data.ts'
import { generateSignature, type SignatureResult } from '../../../shared/signature/signature.ts'
import { type Rule, rule } from './rule.ts'
import { present } from '../../../shared/present.ts'

/** UTF-16 units of the debug log that are kept. */
const maxDebug = 32_768

const signature = rule({
  name: 'signature',
  version: 2,
  after: ['crashing-thread', 'truncate-stacks', 'copy-annotations', 'java-stack-trace', 'report-type'],
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
 * The fields that signatures are made of, without the one that is made here. All are public, so that nothing protected
 * can get into a signature or its steps; only the exception comes from the client in a shape of its own.
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

/** Made of the dump alone: no symbols, lists or rules change it, so that it stays when a crash is grouped anew. */
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
