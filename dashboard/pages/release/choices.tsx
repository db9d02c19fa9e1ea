// What the release view compares: product, kind, release and the other one; every change navigates to a new URL.

import { labelOf } from '../../../shared/fields/fields.ts'
import type { ReleaseKind, ReleasesAggregate } from '../../../shared/releases/document.ts'
import type { Home } from '../../model/freshness.ts'
import { kindsOf, type ReleaseChoice } from '../../model/releases/release-choice.ts'
import { FilterBar, SelectField } from '../../parts/forms/filters.tsx'
import { releaseHref } from '../../route.ts'
import { navigate } from '../../router.ts'

interface ChoicesProps {
  home: Home
  product: string
  document?: ReleasesAggregate
  choice?: ReleaseChoice
}

const kindNames: Readonly<Record<ReleaseKind, string>> = {
  version: labelOf('version'),
  build: labelOf('build'),
  channel: labelOf('release_channel'),
}

export function Choices({ home, product, document, choice }: ChoicesProps) {
  return (
    <FilterBar label="Releases to compare">
      <SelectField
        id="product"
        label={labelOf('product')}
        value={product}
        options={home.products.map(({ name }) => [name, name])}
        onChange={(name) => navigate(releaseHref({ product: name }))}
      />
      {document && choice && <OfProduct product={product} document={document} choice={choice} />}
    </FilterBar>
  )
}

function OfProduct({ product, document, choice }: Required<Omit<ChoicesProps, 'home'>>) {
  const { kind, options, now, before } = choice
  const kinds = kindsOf(document)
  const names = options.map(({ name, channel }) => [name, channel ? `${name} (${channel})` : name] as const)
  const go = (release: string | undefined, against: string | undefined) =>
    navigate(releaseHref({ product, [kind]: release, against }))
  return (
    <>
      {kinds.length > 1 && (
        <SelectField
          id="kind"
          label="Compare"
          value={kind}
          options={kinds.map((one) => [one, `${kindNames[one]}s`])}
          onChange={(one) => navigate(releaseHref({ product, [one]: firstOf(document, one) }))}
        />
      )}
      {now && (
        <SelectField
          id="release"
          label={kindNames[kind]}
          value={now.name}
          options={names}
          onChange={(name) => go(name, undefined)}
        />
      )}
      {now && before && (
        <SelectField
          id="against"
          label="Against"
          value={before.name}
          options={names.filter(([name]) => name !== now.name)}
          onChange={(name) => go(now.name, name)}
        />
      )}
    </>
  )
}

const firstOf = ({ releases }: ReleasesAggregate, kind: ReleaseKind) =>
  releases.find((release) => release.kind === kind)?.name
