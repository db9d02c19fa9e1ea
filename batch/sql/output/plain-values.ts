// Values of DuckDB as plain JavaScript values, by the type of their column.
import {
  type DuckDBArrayType,
  type DuckDBDecimalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId as Id,
  type DuckDBValue,
} from '@duckdb/node-api'
import { isoOfMicros } from '../../../shared/time/iso-time.ts'
import { own } from '../../../shared/own.ts'

/** Converts a value that is not null. */
type Convert = (value: DuckDBValue) => unknown

/** Converts the values of a column to values that JSON can hold; null stays null. */
export type ToPlain = (value: DuckDBValue) => unknown

/**
 * Integers beyond 2^53 become text. Times are ISO 8601 text: with the offset of `zone` if they are points in time,
 * without one if they are not.
 * @param zone the time zone of the session
 */
export function toPlain(type: DuckDBType, zone: string): ToPlain {
  const convert = converterOf(type, zone)
  return (value) => (value === null ? null : convert(value))
}

function converterOf(type: DuckDBType, zone: string): Convert {
  switch (type.typeId) {
    case Id.LIST:
    case Id.ARRAY: {
      const item = toPlain((type as DuckDBListType | DuckDBArrayType).valueType, zone)
      return (value) => (value as DuckDBListValue).items.map(item)
    }
    case Id.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      const parts = entryTypes.map((entry, i) => ({ name: entryNames[i]!, plain: toPlain(entry, zone) }))
      return (value) => {
        const { entries } = value as DuckDBStructValue
        return Object.fromEntries(parts.map(({ name, plain }) => [name, plain(own(entries, name) ?? null)]))
      }
    }
    case Id.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      const [key, item] = [toPlain(keyType, zone), toPlain(valueType, zone)]
      return (value) =>
        Object.fromEntries((value as DuckDBMapValue).entries.map((e) => [String(key(e.key)), item(e.value)]))
    }
    case Id.TIMESTAMP_TZ:
      return (value) => textInZone(value as DuckDBTimestampTZValue, zone)
    default:
      return scalarConverters.get(type.typeId) ?? String
  }
}

const naive: Convert = (value) => String(value).replace(' ', 'T')
const wide: Convert = (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value))
const decimal = (value: DuckDBValue) => {
  const found = value as DuckDBDecimalValue
  return found.scale === 0 ? wide(found.value) : found.toDouble()
}
const float: Convert = (value) => (Number.isFinite(value) ? value : String(value))
const same: Convert = (value) => value

const scalarConverters: ReadonlyMap<Id, Convert> = new Map([
  ...[Id.BOOLEAN, Id.VARCHAR].map((id) => [id, same] as const),
  ...[Id.TINYINT, Id.SMALLINT, Id.INTEGER, Id.UTINYINT, Id.USMALLINT, Id.UINTEGER].map(
    (id) => [id, same] as const,
  ),
  ...[Id.BIGINT, Id.UBIGINT, Id.HUGEINT, Id.UHUGEINT].map((id) => [id, wide] as const),
  ...[Id.FLOAT, Id.DOUBLE].map((id) => [id, float] as const),
  [Id.DECIMAL, decimal] as const,
  ...[Id.TIMESTAMP, Id.TIMESTAMP_S, Id.TIMESTAMP_MS, Id.TIMESTAMP_NS].map((id) => [id, naive] as const),
])

const numericTypes: ReadonlySet<Id> = new Set([
  ...[Id.TINYINT, Id.SMALLINT, Id.INTEGER, Id.UTINYINT, Id.USMALLINT, Id.UINTEGER],
  ...[Id.BIGINT, Id.UBIGINT, Id.HUGEINT, Id.UHUGEINT, Id.FLOAT, Id.DOUBLE, Id.DECIMAL],
])

/** Whether the values of a type are numbers. */
export const isNumeric = (type: DuckDBType): boolean => numericTypes.has(type.typeId)

/** ISO 8601 with the offset of the zone at that time. */
function textInZone(value: DuckDBTimestampTZValue, zone: string): string {
  const seconds = zone === 'UTC' ? 0 : offsetSeconds(Number(value.micros / 1000n), zone)
  const text = isoOfMicros(value.micros + BigInt(seconds) * 1_000_000n)
  // Infinity and times beyond the range of Date.
  if (!text.endsWith('+00:00')) return String(value)
  return `${text.slice(0, -'+00:00'.length)}${offsetText(seconds)}`
}

function offsetText(seconds: number): string {
  const minutes = Math.trunc(Math.abs(seconds) / 60)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
}

/** Offsets change at multiples of a quarter of an hour, so one per quarter is enough. */
const quarterMs = 900_000
const maxCached = 100_000
let cachedZone: { zone: string; format: Intl.DateTimeFormat | null; offsets: Map<number, number> } | null =
  null

/** Seconds east of UTC; 0 for zones that the host does not know. */
function offsetSeconds(ms: number, zone: string): number {
  if (cachedZone?.zone !== zone) cachedZone = { zone, format: formatIn(zone), offsets: new Map() }
  const { format, offsets } = cachedZone
  const quarter = Math.floor(ms / quarterMs)
  const cached = offsets.get(quarter)
  if (cached !== undefined) return cached
  if (offsets.size >= maxCached) offsets.clear()
  const name = format?.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)/.exec(name)
  const offset = match ? Number(`${match[1]}1`) * (Number(match[2]) * 3600 + Number(match[3]) * 60) : 0
  offsets.set(quarter, offset)
  return offset
}

function formatIn(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch {
    return null
  }
}
