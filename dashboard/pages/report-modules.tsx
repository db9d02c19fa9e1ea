// The modules of a report, loaded and unloaded.
import { useState } from 'preact/hooks'
import type { CrashView, ModuleView } from '../model/crash-view.ts'
import { plural } from '../model/format.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/page.tsx'
import { safeHref } from '../route.ts'
import { MissingMark } from './report-stacks.tsx'

function Filename({ module }: { module: ModuleView }) {
  const href = safeHref(module.symbolUrl)
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
  key: 'version' | 'debugId' | 'debugFile' | 'codeId' | 'signedBy' | 'base',
  title: string,
  className?: string,
): Column<ModuleView> => ({
  key,
  title,
  value: (module) => module[key],
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
  text('debugId', 'Debug ID', 'code'),
  text('debugFile', 'Debug file'),
  text('codeId', 'Code ID', 'code'),
  text('base', 'Address', 'code nowrap'),
  text('signedBy', 'Signed by'),
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
        [module.filename, module.debugFile, module.debugId].some((t) => t?.toLowerCase().includes(text))),
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
          rowKey={(module) => `${module.base} ${module.filename}`}
          pageSize={200}
        />
      )}
    </>
  )
}

type Unloaded = CrashView['unloaded'][number]

const unloadedColumns: Column<Unloaded>[] = [
  {
    key: 'filename',
    title: 'File',
    header: true,
    wide: true,
    value: (m) => m.filename,
    cell: (m) => m.filename,
  },
  {
    key: 'codeId',
    title: 'Code ID',
    isEmpty: (m) => !m.codeId,
    cell: (m) => <span class="code">{m.codeId}</span>,
  },
  { key: 'base', title: 'Address', isEmpty: (m) => !m.base, cell: (m) => <span class="code">{m.base}</span> },
  { key: 'signedBy', title: 'Signed by', isEmpty: (m) => !m.signedBy, cell: (m) => m.signedBy },
]

export function UnloadedTable({ modules }: { modules: Unloaded[] }) {
  return (
    <>
      <h3>Unloaded modules ({modules.length})</h3>
      <DataTable
        caption="Modules unloaded before it crashed"
        columns={unloadedColumns}
        rows={modules}
        rowKey={(module) => `${module.base} ${module.filename}`}
        pageSize={100}
      />
    </>
  )
}
