// What holders of a token can see and do: protected fields, the files of the report, processing it again.
import { useState } from 'preact/hooks'
import type { RulesetName } from '../../../shared/api/reprocessing.ts'
import { type FullReport, requestReprocessing } from '../../protected-data.ts'
import { ForgetToken, TokenForm } from '../../parts/forms/token-form.tsx'
import { ReportFileList } from './files.tsx'

interface ProtectedProps {
  crashId: string
  token: string | null
  report: FullReport
}

export function ProtectedData({ crashId, token, report }: ProtectedProps) {
  if (token === null)
    return (
      <>
        <p class="note section-note">
          Protected fields, registers, minidumps, attachments, and processing this report again. The token
          stays in the memory of this page until you close it. Every use is recorded.
        </p>
        <TokenForm
          id="token"
          label="Token (view_pii, view_rawdump or reprocess_crashes)"
          action="Use the token"
        />
      </>
    )
  return (
    <>
      <p class="note section-note" role="status">
        {stateText(report)} <ForgetToken />
      </p>
      <ReportFileList crashId={crashId} token={token} />
      <Reprocess crashId={crashId} token={token} />
    </>
  )
}

function stateText(report: FullReport): string {
  if (report.state === 'loading') return 'The protected fields are loading.'
  if (report.state === 'failed') return `Protected fields are not shown: ${report.message}`
  return 'Protected fields are shown on this page, in all its parts.'
}

const choices = [
  ['default', 'Process again'],
  ['regenerate_signature', 'Generate the signature again'],
] as const satisfies readonly (readonly [RulesetName, string])[]

function Reprocess({ crashId, token }: { crashId: string; token: string }) {
  const [said, setSaid] = useState('')
  const request = async (ruleset: RulesetName) => {
    setSaid('Requesting.')
    const done = requestReprocessing(crashId, { token, ruleset })
    setSaid(
      await done.then(
        () => 'Requested: the next round of “mayday run” does it.',
        (error: Error) => `Not requested: ${error.message}`,
      ),
    )
  }
  return (
    <div class="actions">
      {choices.map(([ruleset, text]) => (
        <button key={ruleset} type="button" class="button" onClick={() => void request(ruleset)}>
          {text}
        </button>
      ))}
      <span class="note" role="status">
        {said}
      </span>
    </div>
  )
}
