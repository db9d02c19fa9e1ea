// Text that clients chose: isolated, so that its direction does not reorder its surroundings; cut where it is very long.

/** Characters shown; the rest is in the title. */
const longest = 300
/** Shorter texts need no places to break at. */
const shortest = 20

/** A line may break after a separator, before it breaks within a word. */
const separators = /(?<=[_/\\.,:;|@-])(?=\w)/

/** The text without half a character at its end. */
export const cutText = (text: string): string =>
  text.length > longest ? `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : text

export function ClientText({ text, className }: { text: string; className?: string | undefined }) {
  const cut = cutText(text)
  const parts = cut.length > shortest ? cut.split(separators) : [cut]
  return (
    <bdi class={className} title={cut === text ? undefined : text}>
      {parts.map((part, place) => (place === 0 ? part : [<wbr key={place} />, part]))}
    </bdi>
  )
}
