// Why there is no processed crash: the description in the 404 of `GET /api/report/<crash ID>`.

/** The report is stored and waits for `mayday process`. */
export const pendingReport = 'This report is stored but not processed yet'
/** Never received, refused, expired or expunged. */
export const unknownReport = 'No such report'
