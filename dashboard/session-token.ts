// The token of the reader: only in the memory of the page, so it ends with the visit; never stored, never in a URL.
import { useEffect, useState } from 'preact/hooks'

let current: string | null = null
const listeners = new Set<() => void>()

/** Empty text forgets the token. */
export function setToken(text: string): void {
  current = text.trim() || null
  for (const listener of listeners) listener()
}

/** Null without one; the component renders again when it changes. */
export function useToken(): string | null {
  const [token, setShown] = useState(current)
  useEffect(() => {
    const listener = () => setShown(current)
    listeners.add(listener)
    listener()
    return () => {
      listeners.delete(listener)
    }
  }, [])
  return token
}
