// The ID of a signature, which names its documents.
import { useEffect, useState } from 'preact/hooks'

/** First 16 hex digits of the SHA-256 of the signature in UTF-8; throws where the browser provides no hashing. */
async function signatureId(signature: string): Promise<string> {
  if (!globalThis.crypto?.subtle)
    throw new Error('Hashing requires https or localhost. Open this page with such a URL.')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(signature))
  return [...new Uint8Array(digest, 0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export interface HashedSignature {
  /** Null until it is computed, and of null. */
  id: string | null
  error?: string
}

/** The ID of a signature, once it is computed; of null: none. */
export function useSignatureId(signature: string | null): HashedSignature {
  const [hashed, setHashed] = useState<HashedSignature & { of: string | null }>({ of: null, id: null })
  useEffect(() => {
    if (signature === null) return
    signatureId(signature).then(
      (id) => setHashed({ of: signature, id }),
      (error: Error) => setHashed({ of: signature, id: null, error: error.message }),
    )
  }, [signature])
  return hashed.of === signature ? hashed : { id: null }
}
