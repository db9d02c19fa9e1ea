// Signature generation, the one entry: crash data in; a short text that groups like crashes, and how it came about, out.
import type { CrashData } from './crash-data.ts'
import { defaultLists, presets } from './default-lists.ts'
import type { Compat, SignatureLists } from './lists.ts'
import { type Data, type Draft, excerpt, type SignatureStep } from './rule.ts'
import { rules } from './rules.ts'

/** A signature and how it came about; JSON-serializable. */
export interface SignatureResult {
  /** At most 255 printable ASCII characters; may be empty. */
  signature: string
  /** `<RuleName>: <text>`, for people. */
  notes: string[]
  /** Every decision, in the form of `notes`; empty unless `explain`. */
  debug_log: string[]
  /** The same in plain words, with the reasons that the lists give, long texts cut; empty unless `explain`. */
  steps: SignatureStep[]
  /** Only for native stacks that have frames. */
  extra: {
    /** `normalized_frames` joined with ` | `; neither cleaned nor cut. */
    proto_signature?: string
    /** Texts of the first 40 frames, inlined functions included. */
    normalized_frames?: string[]
  }
}

/** Options of `generateSignature`. */
export interface SignatureOptions {
  /** Lists to use; the built-in ones if absent. */
  lists?: SignatureLists
  /** `socorro` (the default) agrees with Socorro in every character; `mayday` corrects what docs/signatures.md tells. */
  compat?: Compat
  /** Rules and built-in lists to use beside those for everyone; all presets if absent. */
  presets?: readonly string[]
  /** Fill `debug_log` and `steps`. */
  explain?: boolean
}

/**
 * The signature of a crash. Never throws: a rule that fails on odd data adds a note, and the next one goes on.
 * Takes time linear in the stack's text, of which at most 256 K characters are looked at.
 */
export function generateSignature(crashData: CrashData, options: SignatureOptions = {}): SignatureResult {
  const { compat = 'socorro', explain = false, presets: wanted = presets } = options
  const context = { lists: options.lists ?? defaultLists(wanted), compat, explain }
  const draft: Draft = { signature: '', notes: [], debug_log: [], steps: [], extra: {} }
  const data = crashData as Data
  for (const rule of rules) {
    if (rule.preset && !wanted.includes(rule.preset)) continue
    try {
      if (rule.applies(data, draft)) rule.run(data, draft, context)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      draft.notes.push(`${rule.name}: Rule failed: ${message}`)
      if (context.explain)
        draft.steps.push({ rule: rule.name, what: `failed and was passed over: ${excerpt(message)}` })
    }
  }
  if (draft.signature === '' && compat === 'mayday') draft.signature = 'EMPTY: no frame says anything'
  return draft
}
