// The answer of GET /api/report/<crash ID>/files: between the edge and the dashboard.

/** One file that a client sent. */
export interface ListedFile {
  /** Under which it is stored. */
  name: string
  kind: 'dump' | 'attachment'
  /** As the client sent it; null without one. */
  filename: string | null
  content_type: string
  /** In bytes. */
  size: number
  /** Path of a download that needs no token. */
  link: string
}

export interface ReportFiles {
  crash_id: string
  /** ISO time. */
  links_expire_at: string
  /** The stored report as a whole. */
  report: { size: number; link: string }
  files: ListedFile[]
}
