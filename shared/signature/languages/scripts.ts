// Names of functions of Python and JavaScript, as their runtimes write them into maps of symbols.

const baseOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** `py::Store.get:/usr/lib/python3.12/store.py` to `py::Store.get:store.py`: the folder depends on the machine. */
export function normalizePython(source: string): string {
  const [, name, path] = /^py::(.*?):(.*)$/.exec(source) ?? []
  return name === undefined ? source : `py::${name}:${baseOf(path!)}`
}

/** `LazyCompile:*render /app/src/list.js:10:5` to `JS:render list.js`: without tier, folder and position. */
export function normalizeJavaScript(source: string): string {
  const [, kind, text] = /^(\w+):[*~^+]{0,2}(.*)$/.exec(source) ?? []
  if (kind === undefined) return source
  if (!/^(?:LazyCompile|Function|Script|Eval|JS|Interpreted)$/.test(kind)) return source
  const [, name, place] = /^(.*?)\s*((?:\w+:\/\/)?[^ ]*?)?(?::\d+){0,2}$/.exec(text!) ?? []
  const known = name === undefined || name === '' ? '(anonymous)' : name
  return place ? `JS:${known} ${baseOf(place)}` : `JS:${known}`
}
