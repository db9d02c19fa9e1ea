// The modules of a report, loaded and unloaded.
import { useState } from 'preact/hooks'
import type { StoredUnloadedModule } from '../../shared/fields/stackwalk.ts'
import type { ModuleView } from '../model/crash-view.ts'
import { plural } from '../model/format.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/page.tsx'
import { safeHref } from '../route.ts'
import { MissingMark } from './report-stacks.tsx'

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

const text = (
  key: 'version' | 'debug_id' | 'debug_file' | 'code_id' | 'cert_subject' | 'base_addr',
  title: string,
  className?: string,
): Column<ModuleView> => ({
  key,
  title,
  value: (module) => module[key] ?? null,
  isEmpty: (module) => !module[key],
  cell: (module) => <span class={className}>{module[key]}</span>,
})

const columns: Column<ModuleView>[] = [
  {
    key: 'filename',
    title: 'File',
    header: true,
    wide: true,
    value: (module) => module.filename.toLowerCase(),
    cell: (module) => <Filename module={module} />,
  },
  text('version', 'Version'),
  { key: 'symbols', title: 'Symbols', value: (module) => module.symbols, cell: (module) => module.symbols },
  text('debug_id', 'Debug ID', 'code'),
  text('debug_file', 'Debug file'),
  text('code_id', 'Code ID', 'code'),
  text('base_addr', 'Address', 'code nowrap'),
  text('cert_subject', 'Signed by'),
]

export function ModuleTable({ modules }: { modules: ModuleView[] }) {
  const [wanted, setWanted] = useState('')
  const [only, setOnly] = useState<'all' | 'missing' | 'stack'>('all')
  if (modules.length === 0) return <Empty title="No modules listed" />
  const text = wanted.trim().toLowerCase()
  const rows = modules.filter(
    (module) =>
      (only !== 'missing' || module.symbols === 'missing') &&
      (only !== 'stack' || module.inStack) &&
      (!text ||
        [module.filename, module.debug_file, module.debug_id].some((t) => t?.toLowerCase().includes(text))),
  )
  const missing = modules.filter(({ symbols }) => symbols === 'missing').length
  const used = columns.filter(({ isEmpty }) => !isEmpty || !modules.every(isEmpty))
  return (
    <>
      <form class="filters" aria-label="Filter modules" onSubmit={(event) => event.preventDefault()}>
        <div class="field">
          <label for="module-text">Name or debug ID</label>
          <input
            id="module-text"
            type="search"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
            spellcheck={false}
          />
        </div>
        <div class="field">
          <label for="module-only">Show</label>
          <select
            id="module-only"
            value={only}
            onChange={(event) => setOnly(event.currentTarget.value as typeof only)}
          >
            <option value="all">All modules</option>
            <option value="stack">In the crashing stack</option>
            <option value="missing">Symbols missing ({missing})</option>
          </select>
        </div>
        <p class="note" role="status">
          {plural(rows.length, 'module')} shown
        </p>
      </form>
      {rows.length === 0 ? (
        <Empty title="No module matches" />
      ) : (
        <DataTable
          caption="Modules loaded when it crashed"
          columns={used}
          rows={rows}
          rowKey={(module) => `${module.base_addr} ${module.filename}`}
          pageSize={200}
        />
      )}
    </>
  )
}

const unloadedColumns: Column<StoredUnloadedModule>[] = [
  {
    key: 'filename',
    title: 'File',
    header: true,
    wide: true,
    value: (m) => m.filename ?? null,
    cell: (m) => m.filename,
  },
  {
    key: 'code_id',
    title: 'Code ID',
    isEmpty: (m) => !m.code_id,
    cell: (m) => <span class="code">{m.code_id}</span>,
  },
  {
    key: 'base_addr',
    title: 'Address',
    isEmpty: (m) => !m.base_addr,
    cell: (m) => <span class="code">{m.base_addr}</span>,
  },
  { key: 'cert_subject', title: 'Signed by', isEmpty: (m) => !m.cert_subject, cell: (m) => m.cert_subject },
]

export function UnloadedTable({ modules }: { modules: readonly StoredUnloadedModule[] }) {
  return (
    <>
      <h3>Unloaded modules ({modules.length})</h3>
      <DataTable
        caption="Modules unloaded before it crashed"
        columns={unloadedColumns}
        rows={modules}
        rowKey={(module) => `${module.base_addr} ${module.filename}`}
        pageSize={100}
      />
    </>
  )
}
