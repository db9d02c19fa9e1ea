// Statements with which other engines declare the public tables, from the columns of the tables.
import { publicTables } from '../../shared/keys.ts'
import type { Column, ScalarType } from '../lake/columns.ts'
import { type Table, tables } from '../lake/tables.ts'
import { schemaFileOf } from './schema-file.ts'

export const engines = ['athena', 'bigquery', 'snowflake', 'trino', 'spark', 'clickhouse'] as const
export type Engine = (typeof engines)[number]

export interface DdlOptions {
  engine: Engine
  /** Address of the bucket `lake`, without a slash at its end. */
  location: string
  /** Address of the edge, without a slash at its end, for engines that use its catalog. */
  edge: string
  /** Version of each table's metadata, for engines that must be given one. */
  versionOf: (table: string) => number
}

const publicOnes = tables.filter(({ name }) => publicTables.has(name))

/** The statements that connect an engine to the public tables. */
export function ddlOf({ engine, location, edge, versionOf }: DdlOptions): string {
  switch (engine) {
    case 'athena':
      return publicOnes.map((table) => athenaTable(table, location)).join('\n')
    case 'bigquery':
      return publicOnes.map((table) => bigQueryTable(table, location)).join('\n')
    case 'snowflake':
      return snowflakeTables(location, versionOf)
    case 'trino':
      return trinoCatalog(edge)
    case 'spark':
      return sparkCatalog(edge)
    case 'clickhouse':
      return clickHouse(location, edge)
  }
}

const hiveTypes: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  int64: 'bigint',
  int32: 'int',
  size: 'decimal(20,0)',
  double: 'double',
  bool: 'boolean',
  timestamp: 'timestamp',
  date: 'date',
  'list<string>': 'array<string>',
}

const backticked = (name: string) => `\`${name}\``
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

function hiveType({ type, fields = [] }: Column): string {
  if (type !== 'structs') return hiveTypes[type]
  const parts = fields.map((field) => `${backticked(field.name)}:${hiveType(field)}`)
  return `array<struct<${parts.join(',')}>>`
}

/**
 * Over the tables themselves, with the days projected, so that no crawler is needed. `date` is the partition only: a name
 * cannot be both.
 */
function athenaTable({ name, columns, description }: Table, location: string): string {
  const listed = columns
    .filter((column) => column.name !== 'date')
    .map((column) => `  ${backticked(column.name)} ${hiveType(column)}`)
  return `CREATE EXTERNAL TABLE ${backticked(name)} (
${listed.join(',\n')}
)
COMMENT ${quoted(description)}
PARTITIONED BY (\`date\` date)
STORED AS PARQUET
LOCATION ${quoted(`${location}/tables/${name}/`)}
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.date.type' = 'date',
  'projection.date.range' = '${firstDay},NOW',
  'projection.date.format' = 'yyyy-MM-dd',
  'storage.location.template' = ${quoted(`${location}/tables/${name}/date=\${date}/`)}
);
`
}

/** Bugs of unknown age are filed under this day. */
const firstDay = '1970-01-01'

/** The schema comes from a file, as files have `date` too: it must not be declared as a partition again. */
const bigQueryTable = (table: Table, location: string): string =>
  `CREATE OR REPLACE EXTERNAL TABLE mayday.${backticked(table.name)}
OPTIONS (
  format = 'PARQUET',
  enable_list_inference = true,
  reference_file_schema_uri = ${quoted(`${location}/${schemaFileOf(table).key}`)},
  uris = [${quoted(`${location}/tables/${table.name}/*.parquet`)}]
);
`

function snowflakeTables(location: string, versionOf: DdlOptions['versionOf']): string {
  const published = publicOnes.filter(({ name }) => versionOf(name) > 0)
  const file = (name: string) => quoted(`iceberg/${name}/metadata/v${versionOf(name)}.metadata.json`)
  const created = published.map(
    ({ name }) => `CREATE OR REPLACE ICEBERG TABLE ${name}
  EXTERNAL_VOLUME = 'mayday' CATALOG = 'mayday' METADATA_FILE_PATH = ${file(name)};`,
  )
  const refreshed = published.map(({ name }) => `-- ALTER ICEBERG TABLE ${name} REFRESH ${file(name)};`)
  return `-- Once: an external volume named mayday over ${location}/, with read access.
CREATE CATALOG INTEGRATION IF NOT EXISTS mayday
  CATALOG_SOURCE = OBJECT_STORE TABLE_FORMAT = ICEBERG ENABLED = TRUE;
${created.join('\n')}
-- After each mayday publish, with the versions that mayday ddl --engine snowflake then prints:
${refreshed.join('\n')}
`
}

const trinoCatalog = (edge: string): string => `# etc/catalog/mayday.properties
connector.name=iceberg
iceberg.catalog.type=rest
iceberg.rest-catalog.uri=${edge}/iceberg
iceberg.security=read_only
fs.native-s3.enabled=true
# Of the service that has the bucket lake, with keys that can only read:
s3.endpoint=https://<endpoint>
s3.region=auto
s3.path-style-access=true
s3.aws-access-key=<key>
s3.aws-secret-key=<secret>
`

const sparkCatalog = (edge: string): string => `# spark-defaults.conf
spark.sql.extensions org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions
spark.sql.catalog.mayday org.apache.iceberg.spark.SparkCatalog
spark.sql.catalog.mayday.type rest
spark.sql.catalog.mayday.uri ${edge}/iceberg
spark.sql.catalog.mayday.io-impl org.apache.iceberg.aws.s3.S3FileIO
# Of the service that has the bucket lake, with keys that can only read:
spark.sql.catalog.mayday.s3.endpoint https://<endpoint>
spark.sql.catalog.mayday.s3.access-key-id <key>
spark.sql.catalog.mayday.s3.secret-access-key <secret>
`

const clickHouse = (
  location: string,
  edge: string,
): string => `-- All tables, always the newest snapshot; with a key that can only read:
SET allow_experimental_database_iceberg = 1;
CREATE DATABASE mayday ENGINE = DataLakeCatalog('${edge}/iceberg', '<key>', '<secret>')
  SETTINGS catalog_type = 'rest', warehouse = 'mayday', storage_endpoint = ${quoted(httpsOf(location))};
-- A single table, without the catalog:
-- SELECT count() FROM icebergS3(${quoted(`${httpsOf(location)}/iceberg/crashes/`)}, '<key>', '<secret>', SETTINGS iceberg_use_version_hint = 1);
`

/** Of a bucket that has no other address, a place to fill in. */
const httpsOf = (location: string): string =>
  location.replace(/^s3:\/\/([^/]+)/, (_all, bucket: string) => `https://<endpoint>/${bucket}`)
