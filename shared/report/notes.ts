// Notes that the collector adds to a report: short lines, limited in number.

const maxNotes = 200
const maxText = 100

/** Adds a note. Beyond 200 notes, the last one states that there are more. */
export function addNote(notes: string[], note: string): void {
  if (notes.length < maxNotes) notes.push(note)
  else notes[maxNotes - 1] = 'further notes were omitted'
}

/** Client text for a note: short, on one line. */
export function clip(text: string): string {
  return text.slice(0, maxText).replaceAll(/[\x00-\x1f\x7f]/g, '?')
}
