// The lines of a pasted text, with functions below each frame.
import type { PastedStack } from '../../../shared/pasted-stack/model.ts'
import type { JobResult } from '../../../shared/symbolicate/answer.ts'
import { type NamedFunction, symbolicatedText, viewOf } from '../../../shared/pasted-stack/symbolicated.ts'
import { sourceLocation } from '../../model/report/source-links.ts'
import { plural } from '../../model/format.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'

export function SymbolicatedLines({ stack, result }: { stack: PastedStack; result: JobResult | null }) {
  const lines = viewOf(stack, result)
  const named = lines.filter(({ functions }) => functions.length > 0).length
  return (
    <>
      <p class="actions">
        <span class="note" role="status">
          {named} of {plural(stack.frames.length, 'frame')} with a function
        </span>{' '}
        <CopyButton text={symbolicatedText(lines)} label="Copy the stack with functions">
          Copy
        </CopyButton>
      </p>
      <ScrollBox label="Stack with functions">
        <ol class="pasted-lines">
          {lines.map(({ text, functions, isFrame }, number) => (
            <li key={number} class={isFrame ? 'pasted-frame' : undefined}>
              <span class="pasted-text">{text}</span>
              {functions.map((named, depth) => (
                <Named key={depth} named={named} />
              ))}
            </li>
          ))}
        </ol>
      </ScrollBox>
    </>
  )
}

function Named({ named: { name, file, line, source, isInlined } }: { named: NamedFunction }) {
  const href = sourceLocation({ file, line })?.href
  return (
    <span class="pasted-function">
      <strong>{name}</strong>
      {source !== null && (
        <span class="pasted-source">
          {href ? (
            <a href={href} rel="noreferrer">
              {source}
            </a>
          ) : (
            source
          )}
        </span>
      )}
      {isInlined && <span class="mark">inlined</span>}
    </span>
  )
}
