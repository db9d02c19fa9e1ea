// What matters about a release: a sentence whose signatures are links.
import type { Headline } from '../../shared/releases/headline.ts'
import { sentenceOf } from '../model/releases/release-sentence.ts'
import { signatureHref } from '../route.ts'

/** The sentence, after the name of the release. */
export function ReleaseSentence({ headline, product }: { headline: Headline; product: string }) {
  return (
    <>
      {sentenceOf(headline).map((part, place) =>
        typeof part === 'string' ? (
          <bdi key={place}>{part}</bdi>
        ) : (
          <a key={place} class="code" href={signatureHref(part.signature, { product })}>
            <bdi>{part.signature}</bdi>
          </a>
        ),
      )}
    </>
  )
}
