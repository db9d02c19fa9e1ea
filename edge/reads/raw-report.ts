// What a client sent, for holders of `view_rawdump`: the stored report, its files, and signed links to them.
import { concatBytes } from '../../shared/bytes/concat.ts'
import { formatBytes, formatOf } from '../../shared/bytes/format.ts'
import { parseCrashId } from '../../shared/crash-id.ts'
import { rawKey } from '../../shared/keys.ts'
import type { PartHead } from '../../shared/report/body/multipart.ts'
import type { ReportFiles } from '../../shared/report/report-files.ts'
import { storedContentType } from '../../shared/report/stored.ts'
import { grantRead } from '../access/access.ts'
import { protectedHeaders } from '../access/denial.ts'
import { createLinkSigner, requireLinkOrPermission } from '../access/signed-links.ts'
import type { Holder } from '../access/token-source.ts'
import type { AuditEvent } from '../../shared/access/audit.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'
import type { EdgeDeps } from '../deps.ts'
import { downloadHeaders } from '../lib/download.ts'
import { jsonAnswer, problem } from '../lib/http.ts'
import { openInflated } from './inflated-object.ts'
import { openStoredFile, storedFiles } from './stored-files.ts'

/** Parameters of a path. `id`: a crash ID, with or without `bp-`; `name`: of a stored file. */
export interface FileNames {
  id: string
  name: string
}

const permission = 'view_rawdump'

interface Opened {
  crashId: string
  holder: Holder
  object: StoredObject
}

/** Checks the permission, then opens the report; records the read. @throws AccessDenied, TokensUnknown, Overloaded */
async function openReport(
  request: Request,
  { id, name }: FileNames,
  { action, deps }: { action: AuditEvent['action']; deps: EdgeDeps },
): Promise<Opened | null> {
  const { crashId } = parseCrashId(id)
  const holder = await requireLinkOrPermission(request, deps, { permission })
  const object = await deps.stores.crashes.get(rawKey(crashId))
  const found = { view: 'raw', result: object ? 'found' : 'missing' }
  deps.metrics.record('reports_read_total', 1, found)
  if (!object) return null
  const event = { action, subject: crashId, detail: name }
  await grantRead(object, holder, { deps, permission, event })
  return { crashId, holder, object }
}

const noReport = () => problem(404, 'No such report, or it has expired', protectedHeaders)

/** GET /api/report/<crash ID>/raw: the stored report, unchanged. @throws CrashError 'bad-crash-id'; as `openReport` */
export async function readRawReport(request: Request, names: FileNames, deps: EdgeDeps): Promise<Response> {
  const opened = await openReport(request, names, { action: 'read_report', deps })
  if (!opened) return noReport()
  const { crashId, object } = opened
  return new Response(object.body, {
    headers: {
      ...protectedHeaders,
      ...downloadHeaders(`${crashId}.zst`, storedContentType),
      'content-length': String(object.size),
    },
  })
}

/**
 * GET /api/report/<crash ID>/dumps/<name>, and /attachments/<name>: a stored file, with the name and type that the
 * client sent. @throws CrashError 'bad-crash-id', 'damaged'; as `openReport`
 */
export async function readReportFile(request: Request, names: FileNames, deps: EdgeDeps): Promise<Response> {
  const opened = await openReport(request, names, { action: 'read_file', deps })
  if (!opened) return noReport()
  const { crashId, object } = opened
  const file = await openStoredFile(object, names.name, deps.codecs)
  if (!file)
    return problem(
      404,
      `This report has no such file: /api/report/${crashId}/files lists its files`,
      protectedHeaders,
    )
  const { head, start, body } = file
  const extension = kindOf(start) === 'dump' ? '.dmp' : ''
  const filename = head.filename || `${crashId}-${head.name}${extension}`
  return new Response(body, {
    headers: { ...protectedHeaders, ...downloadHeaders(filename, head.contentType) },
  })
}

const kindOf = (start: Uint8Array): 'dump' | 'attachment' =>
  formatOf(start) === 'minidump' ? 'dump' : 'attachment'

interface SeenFile {
  head: PartHead
  /** The bytes that identify its format. */
  start: Uint8Array
  size: number
}

/**
 * GET /api/report/<crash ID>/files: the files of a report, with links that work without a token for ten minutes.
 * @throws CrashError 'bad-crash-id', 'damaged'; as `openReport`
 */
export async function listFiles(request: Request, names: FileNames, deps: EdgeDeps): Promise<Response> {
  const opened = await openReport(request, names, { action: 'list_files', deps })
  if (!opened) return noReport()
  const { crashId, holder, object } = opened
  const seen: SeenFile[] = []
  for await (const { head, bytes } of storedFiles(openInflated(object, deps.codecs).getReader())) {
    if (head) seen.push({ head, start: new Uint8Array(), size: 0 })
    const file = seen.at(-1)
    if (!file || !bytes) continue
    if (file.start.length < formatBytes)
      file.start = concatBytes([file.start, bytes.subarray(0, formatBytes)])
    file.size += bytes.length
  }
  const { expiresAt, sign } = createLinkSigner(request, holder, deps)
  const base = `/api/report/${crashId}`
  const answer: ReportFiles = {
    crash_id: crashId,
    links_expire_at: expiresAt.toISOString(),
    report: { size: object.size, link: sign(`${base}/raw`) },
    files: seen.map(({ head, start, size }) => ({
      name: head.name,
      kind: kindOf(start),
      filename: head.filename,
      content_type: head.contentType,
      size,
      link: sign(`${base}/${kindOf(start)}s/${head.name}`),
    })),
  }
  return jsonAnswer(answer, { headers: protectedHeaders })
}
