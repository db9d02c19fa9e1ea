// The modules of a report, loaded and unloaded.
import { useState } from 'preact/hooks'
import type { StoredUnloadedModule } from '../../../shared/fields/stackwalk.ts'
import type { ModuleView } from '../../model/report/crash-view.ts'
import { type Column, DataTable, textColumn, usedColumns } from '../../parts/tables/data-table.tsx'
import { FilterBar, SearchField, SelectField, ShownCount } from '../../parts/forms/filters.tsx'
import { Empty } from '../../parts/page.tsx'
import { safeHref } from '../../route.ts'
import { MissingMark } from './stack/stack-table.tsx'

function Filename({ module }: { module: ModuleView }) {
  const href = safeHref(module.symbol_url ?? null)
  return (
    <>
      {href ? (
        <a href={href} rel="noreferrer" title="Download the symbols">
          {module.filename}
        </a>
      ) : (
        module.filename
      )}
      {module.symbols === 'missing' && <MissingMark />}{' '}
      {module.inStack && (
        <span class="mark" title="Has a frame in the crashing thread">
          in stack
        </span>
      )}
    </>
  )
}

const columns: Column<ModuleView>[] = [
  {
    key: 'filename',
    title: 'File',
    header: true,
    wide: true,
    value: (module) => module.filename.toLowerCase(),
    cell: (module) => <Filename module={module} />,
  },
  textColumn('version', 'Version'),
  { key: 'symbols', title: 'Symbols', value: (module) => module.symbols },
  textColumn('debug_id', 'Debug ID', 'code'),
  textColumn('debug_file', 'Debug file'),
  textColumn('code_id', 'Code ID', 'code'),
  textColumn('base_addr', 'Address', 'code nowrap'),
  textColumn('cert_subject', 'Signed by'),
]

const filters = {
  all: () => true,
  stack: ({ inStack }) => inStack,
  missing: ({ symbols }) => symbols === 'missing',
} satisfies Record<string, (module: ModuleView) => boolean>

const hasText = ({ filename, debug_file, debug_id }: ModuleView, text: string) =>
  [filename, debug_file, debug_id].some((value) => value?.toLowerCase().includes(text))

export function ModuleTable({ modules }: { modules: ModuleView[] }) {
  const [wanted, setWanted] = useState('')
  const [only, setOnly] = useState<keyof typeof filters>('all')
  if (modules.length === 0) return <Empty title="No modules listed" />
  const text = wanted.trim().toLowerCase()
  const rows = modules.filter((module) => filters[only](module) && hasText(module, text))
  const options = [
    ['all', 'All modules'],
    ['stack', 'In the crashing stack'],
    ['missing', `Symbols missing (${modules.filter(filters.missing).length})`],
  ] as const
  return (
    <>
      <FilterBar label="Filter modules">
        <SearchField id="module-text" label="Name or debug ID" value={wanted} onChange={setWanted} />
        <SelectField id="module-only" label="Show" value={only} onChange={setOnly} options={options} />
        <ShownCount count={rows.length} noun="module" />
      </FilterBar>
      {rows.length === 0 ? (
        <Empty title="No module matches" />
      ) : (
        <DataTable
          caption="Modules loaded when it crashed"
          columns={usedColumns(columns, modules)}
          rows={rows}
          rowKey={keyOf}
          pageSize={200}
        />
      )}
    </>
  )
}

const keyOf = ({ base_addr, filename }: StoredUnloadedModule) => `${base_addr} ${filename}`

const unloadedColumns: Column<StoredUnloadedModule>[] = [
  { ...textColumn('filename', 'File'), optional: false, header: true, wide: true },
  textColumn('code_id', 'Code ID', 'code'),
  textColumn('base_addr', 'Address', 'code'),
  textColumn('cert_subject', 'Signed by'),
]

export function UnloadedTable({ modules }: { modules: readonly StoredUnloadedModule[] }) {
  return (
    <>
      <h3>Unloaded modules ({modules.length})</h3>
      <DataTable
        caption="Modules unloaded before it crashed"
        columns={unloadedColumns}
        rows={modules}
        rowKey={keyOf}
        pageSize={100}
      />
    </>
  )
}
