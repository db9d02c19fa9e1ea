// The program around the crash: add-ons, breadcrumbs, the telemetry environment.
import type { PartialCrash } from '../../../shared/crash.ts'
import { plural } from '../../model/format.ts'
import { indentJson } from '../../model/indented-json.ts'
import { type AddOn, addOnsOf, type Breadcrumb, breadcrumbsOf } from '../../model/report/program-state.ts'
import { ClientText } from '../../parts/client-text.tsx'
import { Section } from '../../parts/page.tsx'
import { type Column, DataTable, textColumn, usedColumns } from '../../parts/tables/data-table.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'

const addOnColumns: Column<AddOn>[] = [
  { ...textColumn('id', 'ID', 'code'), optional: false, header: true, wide: true },
  textColumn('version', 'Version'),
  textColumn('name', 'Name'),
  textColumn('system', 'System'),
  textColumn('signed', 'Signed'),
]

export function AddOns({ crash }: { crash: PartialCrash }) {
  const rows = addOnsOf(crash)
  if (rows.length === 0) return null
  return (
    <Section id="add-ons" title={`Add-ons (${rows.length})`}>
      <DataTable
        caption="Add-ons that were installed"
        columns={usedColumns(addOnColumns, rows)}
        rows={rows}
        rowKey={({ id, version }) => `${id} ${version}`}
        pageSize={50}
      />
    </Section>
  )
}

type Placed = Breadcrumb & { place: number }

const crumbColumns: Column<Placed>[] = [
  { key: 'time', title: 'Time', header: true, value: ({ time }) => time },
  textColumn('kind', 'Kind'),
  { ...textColumn('text', 'Event'), optional: false, wide: true },
]

/** Breadcrumbs are protected: nothing without a token. */
export function Breadcrumbs({ crash }: { crash: PartialCrash }) {
  const rows = breadcrumbsOf(crash).map((crumb, place) => ({ ...crumb, place }))
  if (rows.length === 0) return null
  return (
    <Section id="breadcrumbs" title={`Breadcrumbs (${rows.length})`}>
      <DataTable
        caption="Events before the crash, the newest first"
        columns={crumbColumns}
        rows={rows}
        rowKey={({ place }) => String(place)}
        pageSize={20}
      />
    </Section>
  )
}

export function Telemetry({ crash: { telemetry_environment: environment } }: { crash: PartialCrash }) {
  const parts = Object.entries(environment ?? {})
  if (parts.length === 0) return null
  return (
    <Section id="telemetry" title="Telemetry environment">
      {parts.map(([name, value]) => (
        <details key={name} class="fold">
          <summary>
            <ClientText className="fold-name" text={name} />
            <span class="note">{sizeText(value)}</span>
          </summary>
          <div class="fold-body">
            <ScrollBox label={name} plain>
              <pre>{indentJson(JSON.stringify(value))}</pre>
            </ScrollBox>
          </div>
        </details>
      ))}
    </Section>
  )
}

const sizeText = (value: unknown) =>
  typeof value === 'object' && value !== null ? plural(Object.keys(value).length, 'entry', 'entries') : ''
