// Every key of a store: data that is stored under another one is lost to earlier and later versions.
import { describe, expect, test } from 'vitest'
import * as keys from '../../shared/keys.ts'

const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'
const date = '2026-11-22'
const time = new Date('2026-11-29T04:55:00.123Z')
const hash = 'a'.repeat(32)
const published = { date, shard: 'all', part: 2, etag: '"x/1"' }

describe('keys', () => {
  test.each<[key: string, expected: string]>([
    [keys.rawPrefix(), 'raw/'],
    [keys.rawPrefix(date), 'raw/20261122/'],
    [keys.rawKey(id), `raw/20261122/${id}`],
    [keys.processedPrefix(), 'processed/'],
    [keys.processedPrefix(date), 'processed/20261122/'],
    [keys.processedKey(id), `processed/20261122/${id}`],
    [keys.historyKey, 'simulated/history.json'],
    [keys.erasuresPrefix(), 'erasures/'],
    [keys.erasuresPrefix(date), 'erasures/20261122/'],
    [keys.erasureKey(id), `erasures/20261122/${id}`],
    [keys.dayMarksPrefix, 'days/'],
    [keys.openDayKey(date), 'days/open/20261122'],
    [keys.settledDayKey(date, time, hash), `days/settled/20261122/20261129T045500123Z-${hash}.json`],
    [keys.expiredDayKey(date, 'x'), 'days/expired/20261122/x'],
    [keys.policyKey, 'config/policy.json'],
    [keys.tokensKey, 'access/tokens.json'],
    [keys.lastUsePrefix, 'access/last-use/'],
    [keys.lastUseKey('t'), 'access/last-use/t'],
    [keys.auditPrefix(), 'audit/'],
    [keys.auditPrefix(date), 'audit/20261122/'],
    [keys.auditKey(date, 'n'), 'audit/20261122/n'],
    [keys.reprocessingPrefix, 'reprocessing/'],
    [keys.reprocessingKey(time, 'n'), 'reprocessing/20261129T045500123Z-n.json'],
    [keys.missingProcessedKey, 'verify/missing-processed.json'],
    [keys.productsPrefix, 'products/'],
    [keys.productKey('lumen'), 'products/lumen.json'],
    [keys.heartbeatKey, 'health/edge.json'],
    [keys.refusalsPrefix(), 'refusals/'],
    [keys.refusalsPrefix(date), 'refusals/20261122/'],
    [keys.refusalsKey(date, 'n'), 'refusals/20261122/n'],
    [keys.forwardPrefix('n'), 'forward/n/'],
    [keys.bugSyncKey('n'), 'bugs/n.json'],
    [keys.alertMemoryKey, 'alerts/memory.json'],
    [keys.alertDestinationKey('ops'), 'alerts/destinations/ops.json'],
    [keys.tablePrefix(), 'tables/'],
    [keys.tablePrefix('crashes'), 'tables/crashes/'],
    [keys.tablePrefix('crashes', date), 'tables/crashes/date=2026-11-22/'],
    [keys.tableKey('crashes', date, 'all', 1), 'tables/crashes/date=2026-11-22/all-1.parquet'],
    [keys.quarantinePrefix(), 'quarantine/'],
    [keys.quarantinePrefix('crashes'), 'quarantine/tables/crashes/'],
    [keys.quarantinePrefix('crashes', date), 'quarantine/tables/crashes/date=2026-11-22/'],
    [keys.quarantineKey('tables/x', 'v'), 'quarantine/tables/x/v'],
    [keys.madeFromKey('derived'), 'made-from/derived.json'],
    [keys.searchPrefix, 'search/v1/'],
    [keys.searchManifestKey, 'search/v1/manifest.json'],
    [keys.searchFileKey(date, hash), `search/v1/2026-11-22-${hash}.cols`],
    [keys.icebergPrefix(), 'iceberg/'],
    [keys.icebergPrefix('crashes'), 'iceberg/crashes/'],
    [keys.lakeDatabaseKey, 'iceberg/lake.duckdb'],
    [keys.lakeSqlKey, 'iceberg/lake.sql'],
    [
      keys.publishedFileKey('crashes', published, '0a0b0c0d'),
      'iceberg/crashes/data/date=2026-11-22/all-2-_x_1_-0a0b0c0d.parquet',
    ],
    [keys.schemaFileKey('crashes', 'f'), 'iceberg/crashes/schema-f.parquet'],
    [keys.icebergMetadataKey('crashes', 3), 'iceberg/crashes/metadata/v3.metadata.json'],
    [keys.versionHintKey('crashes'), 'iceberg/crashes/metadata/version-hint.text'],
    [keys.manifestListKey('crashes', 4), 'iceberg/crashes/metadata/snap-4.avro'],
    [keys.manifestKey('crashes', '2026-11', 'f'), 'iceberg/crashes/metadata/manifest-2026-11-f.avro'],
    [keys.aggregatesRoot, 'aggregates/'],
    [keys.feedsPrefix, 'aggregates/feeds/'],
    [keys.feedKey(), 'aggregates/feeds/all.atom'],
    [keys.feedKey('lumen'), 'aggregates/feeds/products/lumen.atom'],
    [keys.arrivalsPrefix, 'arrivals/'],
    [keys.arrivalKey(time, 'n'), 'arrivals/20261129T045500123Z-n.json'],
    [keys.arrivalsFrom(time), 'arrivals/20261129T045500123Z'],
    [keys.tryPrefix, 'try/'],
    [keys.symbolFileKey({ name: 'a.pdb', id: 'F1', leaf: 'a.sym' }, false), 'a.pdb/F1/a.sym'],
    [keys.symbolFileKey({ name: 'a.pdb', id: 'F1', leaf: 'a.sym' }, true), 'try/a.pdb/F1/a.sym'],
    [keys.symdexKey('a.pdb', 'F1'), 'symdex/a.pdb/F1'],
    [keys.symdexKey('a.pdb', 'F1', true), 'try/symdex/a.pdb/F1'],
    [keys.codePointerKey('a.dll', 'F2', false), 'codes/v1/a.dll/F2'],
    [keys.wantedIndexPrefix, 'wanted/'],
    [keys.wantedIndexKey('a.pdb', 'F1', false), 'wanted/regular/a.pdb/F1'],
    [keys.wantedIndexKey('a.pdb', 'F1', true), 'wanted/try/a.pdb/F1'],
    [keys.debugDataKey('0a', false), 'debug-files/v1/data/0a'],
    [keys.debugDataKey('0a', true), 'try/debug-files/v1/data/0a'],
    [keys.debugFilePrefix(false), 'debug-files/v1/modules/'],
    [
      keys.debugFileKey({ id: 'F1', md5: hash, data: '0a' }, true),
      `try/debug-files/v1/modules/F1/${hash}-0a`,
    ],
    [keys.newDebugFilePrefix, 'debug-files/v1/new/'],
    [keys.newDebugFileKey('F1', '0a', false), 'debug-files/v1/new/regular/F1/0a'],
    [keys.newDebugFileKey('F1', '0a', true), 'debug-files/v1/new/try/F1/0a'],
    [keys.lateSymbolsKey, 'late-symbols/state.json'],
    [keys.symbolMissesKey('n'), 'late-symbols/misses/n.json'],
  ])('%s', (key, expected) => {
    expect(key).toBe(expected)
  })

  const aggregates = keys.aggregatesPrefix
  test('of the dashboard have the version of its documents', () => {
    expect(aggregates).toMatch(/^aggregates\/v\d+\/$/)
  })

  test.each<[key: string, expected: string]>([
    [keys.statusKey, 'status.json'],
    [keys.roundKey, 'round.json'],
    [keys.alertsKey, 'alerts.json'],
    [keys.missingSymbolsKey, 'missing-symbols.json'],
    [keys.homeKey, 'home.json'],
    [keys.topCrashersKey('lumen', 7), 'top-crashers/lumen/7.json'],
    [keys.releasesKey('lumen'), 'releases/lumen.json'],
    [keys.correlationsKey('lumen', '0'), 'correlations/lumen/0.json'],
    [keys.allCrashersKey(7), 'all-crashers/7.json'],
    [keys.locationsKey, 'locations.json'],
    [keys.signatureIndexKey, 'signature-index.json'],
    [keys.signatureIndexPartKey('recent-1'), 'signature-index/recent-1.json'],
    [keys.pastKey('0a'), 'past/0a.json'],
    [keys.signatureKey('f'), 'signatures/f.json'],
    [keys.signatureKey('f', 'lumen'), 'signatures/f/lumen.json'],
  ])('%s', (key, expected) => {
    expect(key).toBe(aggregates + expected)
  })
})
