// What a site that consists of files only cannot do.
import { isStatic } from '../site.ts'

/** Nothing where a server runs. */
export const NeedsServer = ({ what }: { what: string }) =>
  isStatic ? (
    <p class="late" role="status">
      <strong>{what} needs a server.</strong> This site consists of files only; use the edge or{' '}
      <code>mayday serve</code>.
    </p>
  ) : null
