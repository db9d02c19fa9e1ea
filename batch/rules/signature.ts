// Rules that group: the signature, and the key that holds when symbols are missing.
import { crashDataFrom } from '../../shared/signature/crash-data.ts'
import { generateSignature } from '../../shared/signature/signature.ts'
import { stackKey } from '../../shared/signature/stack-key.ts'
import { crashingFrames, dumpOf, type Rule } from './rule.ts'

const signature: Rule = {
  name: 'signature',
  version: 1,
  after: ['crashing-thread', 'truncate-stacks', 'copy-annotations', 'java-stack-trace', 'report-type'],
  run(_input, draft, note) {
    const { signature: _none, ...fields } = draft
    const result = generateSignature(crashDataFrom(fields))
    for (const text of result.notes) note(text)
    return {
      signature: result.signature,
      ...(result.extra.proto_signature === undefined
        ? {}
        : { proto_signature: result.extra.proto_signature }),
    }
  },
}

const stackKeyRule: Rule = {
  name: 'stack-key',
  version: 1,
  after: ['crashing-thread'],
  run(_input, draft) {
    const frames = crashingFrames(draft).filter((frame) => frame.truncated === undefined)
    const key = stackKey(frames, dumpOf(draft)?.modules ?? [])
    return key ? { stack_key: key } : null
  },
}

export const signatureRules: readonly Rule[] = [signature, stackKeyRule]
