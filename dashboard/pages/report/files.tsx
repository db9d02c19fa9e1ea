// The minidumps and attachments of a report, for holders of a token.
import { useState } from 'preact/hooks'
import type { ListedFile, ReportFiles } from '../../../shared/report/report-files.ts'
import { formatCount } from '../../model/format.ts'
import { ClientText } from '../../parts/client-text.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { Time } from '../../parts/time.tsx'
import { fetchReportFiles } from '../../protected-data.ts'

export function ReportFileList({ crashId, token }: { crashId: string; token: string }) {
  const [shown, setShown] = useState<ReportFiles | string | null>(null)
  const list = async () =>
    setShown(await fetchReportFiles(crashId, token).catch((error: Error) => error.message))
  return (
    <>
      <p class="actions">
        <button type="button" class="button" onClick={() => void list()}>
          List the files
        </button>
      </p>
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
        <ClientText text={name} />
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
        The links work until <Time at={links_expire_at} />. Files come from clients and may be malicious.
        Every download is recorded.
      </p>
    </>
  )
}
