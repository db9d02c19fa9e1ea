// VersionString: the versions of a build.
import type { Call } from '../../shared/api/calls.ts'
import type { LiveTables } from './live-tables.ts'

/** Channels whose builds have a version of their own in a crash, and another in a list of builds. */
const betaChannels: ReadonlySet<string> = new Set(['aurora', 'beta'])

/** Versions in imported lists of builds, else those of crashes. */
export async function versionStrings(
  { args, signal }: Call<'VersionString'>,
  tables: LiveTables,
): Promise<object> {
  const channel = args.channel.toLowerCase()
  const rows = await tables.read(signal, async ({ relation, run }) =>
    run<{ version: string; imported: boolean }>(
      `SELECT version, bool_or(source <> 'crashes') AS imported FROM ${await relation('builds')}
       WHERE product = $product AND lower(release_channel) = $channel AND build_id = $build AND version IS NOT NULL
       GROUP BY version ORDER BY min(date), version`,
      { product: args.product, channel, build: args.build_id },
    ),
  )
  const imported = rows.filter((row) => row.imported)
  const all = (imported.length > 0 ? imported : rows).map(({ version }) => version)
  const versions = betaChannels.has(channel) ? ofBeta(all) : all
  return { hits: versions.map((version_string) => ({ version_string })), total: versions.length }
}

/** Release candidates on the beta channel were not released when there is a beta of the same build. */
const ofBeta = (versions: readonly string[]): readonly string[] => {
  const isBeta = versions[0]?.includes('b') === true
  return versions.filter((version) => version.includes('rc') !== isBeta)
}
