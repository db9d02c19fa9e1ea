// What a token may do: every permission once.

/** `title` is the name that Socorro's messages use. */
export const permissions = {
  view_pii: {
    title: 'View Personal Identifiable Information',
    doc: 'read the protected fields of crashes',
  },
  view_rawdump: { title: 'View Raw Dumps', doc: 'download stored reports, minidumps and attachments' },
  reprocess_crashes: { title: 'Reprocess Crashes', doc: 'request that crashes are processed again' },
  run_custom_queries: {
    title: 'Run Custom Queries in Super Search',
    doc: 'run queries of their own over all fields',
  },
  upload_symbols: { title: 'Upload Symbols Files', doc: 'upload symbol files, also of try builds' },
  upload_try_symbols: { title: 'Upload Try Symbols Files', doc: 'upload symbol files of try builds only' },
  view_all_uploads: { title: 'View All Symbols Uploads', doc: 'list the uploads of all tokens' },
  submit_ids: { title: 'Choose Crash IDs', doc: 'choose the crash IDs of submitted reports' },
  operate: { title: 'Operate', doc: 'read `/__metrics__`, and use `/__broken__`' },
} as const

export type Permission = keyof typeof permissions

export const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]]

/** Whether permissions include one; `upload_symbols` includes `upload_try_symbols`. */
export const includesPermission = (held: ReadonlySet<Permission>, wanted: Permission): boolean =>
  held.has(wanted) || (wanted === 'upload_try_symbols' && held.has('upload_symbols'))
