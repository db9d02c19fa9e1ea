// The kinds of fields: shape, access and search. A row of the catalog has one of them as its key.
import type { FieldRow } from './field.ts'
import type { Shape } from './shape.ts'
import { breadcrumbs, collectorMetadata, javaException, memoryColumns, memoryMeasures } from './shapes.ts'
import { otherDump, stackwalk } from './stackwalk.ts'
import telemetry from './telemetry.json' with { type: 'json' }

export const kinds = {
  publicText: { shape: 'string', access: 'public', search: 'text' },
  publicKeyword: { shape: 'string', access: 'public', search: 'keyword' },
  publicEnum: { shape: 'string', access: 'public', search: 'enum' },
  publicEnumText: { shape: 'string', access: 'public', search: 'enumText' },
  publicItems: { shape: 'string', access: 'public', search: 'items' },
  publicEnumItems: { shape: 'string', access: 'public', search: 'enumItems' },
  publicDate: { shape: 'string', access: 'public', search: 'date' },
  publicInt: { shape: 'int', access: 'public', search: 'int' },
  /** A whole number, stored as received because it need not be one. */
  publicIntText: { shape: 'string', access: 'public', search: 'int' },
  publicInteger: { shape: 'integer', access: 'public', search: 'int' },
  publicSize: { shape: 'size', access: 'public', search: 'int' },
  publicFloat: { shape: 'float', access: 'public', search: 'float' },
  publicFlag: { shape: 'bool', access: 'public', search: 'bool' },
  publicList: { shape: { list: 'string' }, access: 'public', search: 'keyword' },
  protectedText: { shape: 'string', search: 'text' },
  protectedKeyword: { shape: 'string', search: 'keyword' },
  protectedEnum: { shape: 'string', search: 'enum' },
  protectedInt: { shape: 'int', search: 'int' },
  protectedSize: { shape: 'size', search: 'int' },
  protectedFlag: { shape: 'bool', search: 'bool' },
  // `Plain`: not searchable, so without a column.
  publicPlainText: { shape: 'string', access: 'public' },
  publicPlainFlag: { shape: 'bool', access: 'public' },
  publicPlainList: { shape: { list: 'string' }, access: 'public' },
  protectedPlainText: { shape: 'string' },
  protectedPlainInt: { shape: 'int' },
  protectedPlainFlag: { shape: 'bool' },
  protectedJson: { shape: { protected: 'json' } },
  breadcrumbs: { shape: breadcrumbs },
  collectorMetadata: {
    shape: collectorMetadata,
    columns: [
      { name: 'collector_notes', key: 'collector_notes', type: 'list<string>', search: 'text' },
      { name: 'user_agent', key: 'user_agent', type: 'string', search: 'text' },
    ],
  },
  javaException: { shape: { sent: javaException }, access: 'public' },
  memoryMeasures: { shape: memoryMeasures, access: 'public', search: 'int', columns: memoryColumns },
  otherDump: { shape: otherDump, access: 'public' },
  signatureSteps: { shape: { list: { object: { rule: 'string', what: 'string' } } }, access: 'public' },
  stackwalk: { shape: stackwalk, access: 'public' },
  /** Firefox's: https://firefox-source-docs.mozilla.org/toolkit/components/telemetry/data/environment.html */
  telemetryEnvironment: { shape: { sent: telemetry as Shape }, access: 'public' },
} as const satisfies Readonly<Record<string, Pick<FieldRow, 'shape' | 'access' | 'search' | 'columns'>>>

export type Kinds = typeof kinds
