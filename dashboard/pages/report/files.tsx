// The minidumps and attachments of a report, for holders of a token. The token stays in the memory of the page.
import { useState } from 'preact/hooks'
import type { ListedFile, ReportFiles } from '../../../shared/report-files.ts'
import { fetchReportFiles } from '../../data.ts'
import { formatCount, formatTime } from '../../model/format.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'

/** Kept for the next report that is opened. */
let lastToken = ''

export function ReportFileList({ crashId }: { crashId: string }) {
  const [token, setToken] = useState(lastToken)
  const [shown, setShown] = useState<ReportFiles | string | null>(null)
  const open = async () => {
    lastToken = token.trim()
    setShown(await fetchReportFiles(crashId, lastToken).catch((error: Error) => error.message))
  }
  return (
    <>
      <form
        class="filters"
        aria-label="Open the files"
        onSubmit={(event) => {
          event.preventDefault()
          void open()
        }}
      >
        <div class="field">
          <label for="token">Token with the permission view_rawdump</label>
          <input
            id="token"
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="button">
          List the files
        </button>
      </form>
      <div role="status">
        {typeof shown === 'string' && <p class="note">{shown}</p>}
        {shown !== null && typeof shown === 'object' && <Files {...shown} />}
      </div>
    </>
  )
}

const columns: Column<ListedFile>[] = [
  {
    key: 'name',
    title: 'File',
    header: true,
    value: ({ name }) => name,
    cell: ({ name, link }) => (
      <a class="code" href={link} download>
        {name}
      </a>
    ),
  },
  { key: 'kind', title: 'Kind', value: ({ kind }) => kind },
  { key: 'filename', title: 'Name from the client', wide: true, value: ({ filename }) => filename ?? '' },
  { key: 'type', title: 'Type', value: ({ content_type }) => content_type },
  {
    key: 'size',
    title: 'Bytes',
    numeric: true,
    value: ({ size }) => size,
    cell: ({ size }) => formatCount(size),
  },
]

function Files({ files, report, links_expire_at }: ReportFiles) {
  const whole: ListedFile = {
    ...{ name: 'stored report', kind: 'attachment', filename: null, content_type: 'application/zstd' },
    ...report,
  }
  return (
    <>
      <DataTable
        caption="Files that the client sent"
        columns={columns}
        rows={[...files, whole]}
        rowKey={({ name }) => name}
        pageSize={100}
      />
      <p class="note">
        The links work until {formatTime(links_expire_at)}. Files come from clients and may be malicious.
        Every download is recorded.
      </p>
    </>
  )
}
