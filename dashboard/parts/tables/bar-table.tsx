// A table of names, counts and percentages, drawn as bars.
import type { ComponentChildren } from 'preact'
import { ShareBar } from '../figures.tsx'

export interface Bar {
  key: string
  name: ComponentChildren
  count: ComponentChildren
  /** 0…1 */
  share: number
}

interface BarTableProps {
  caption: string
  /** Headers of the columns for names and counts. */
  headers: readonly [name: string, count: string]
  bars: readonly Bar[]
}

export function BarTable({ caption, headers, bars }: BarTableProps) {
  return (
    <table class="bars">
      <caption class="visually-hidden">{caption}</caption>
      <thead class="visually-hidden">
        <tr>
          {[...headers, 'Share'].map((header) => (
            <th scope="col" key={header}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, name, count, share }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td class="numeric">{count}</td>
            <td>
              <ShareBar share={share} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
