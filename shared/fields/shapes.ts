// Shapes of the smaller objects in a processed crash.
import type { PartColumn, Shape } from './field.ts'

/** Protected as a whole. */
export const collectorMetadata = {
  object: {
    payload: 'string',
    payload_compressed: 'string',
    payload_size: 'int',
    collector_notes: { list: 'string' },
    dump_checksums: { map: 'string', keys: /^\w{1,60}$/ },
    user_agent: 'string',
    throttle_rule: 'string',
    throttle: { object: { rule: 'string', percent: 'float', weight: 'float' } },
  },
} as const satisfies Shape

export const collectorMetadataColumns = [
  { name: 'collector_notes', key: 'collector_notes', type: 'list<string>', search: 'text' },
  { name: 'user_agent', key: 'user_agent', type: 'string', search: 'text' },
] as const satisfies readonly PartColumn[]

const memoryKeys = [
  'explicit',
  'gfx_textures',
  'ghost_windows',
  'heap_allocated',
  'heap_overhead',
  'heap_unclassified',
  'host_object_urls',
  'images',
  'js_main_runtime',
  'private',
  'resident',
  'resident_unique',
  'system_heap_allocated',
  'top_none_detached',
  'vsize',
  'vsize_max_contiguous',
] as const

export const memoryMeasures: Shape = {
  object: Object.fromEntries(memoryKeys.map((key) => [key, 'int'])),
}

export const memoryColumns: readonly PartColumn[] = memoryKeys.map((key) => ({
  name: `memory_${key}`,
  key,
  type: 'int64',
  search: 'int',
}))

/** Protected as a whole: paths name pages that were open. */
export const memoryReport = {
  object: {
    version: 'int',
    hasMozMallocUsableSize: 'bool',
    reports: {
      list: {
        object: {
          process: 'string',
          path: 'string',
          kind: 'int',
          units: 'int',
          amount: 'int',
          description: 'string',
        },
      },
    },
  },
} as const satisfies Shape

/** Protected as a whole. */
export const breadcrumbs = {
  list: {
    object: {
      category: 'string',
      data: { map: 'string', keys: /^.{1,200}$/s },
      level: 'string',
      message: 'string',
      timestamp: 'string',
      type: 'string',
    },
  },
} as const satisfies Shape

const javaFrame = {
  object: { filename: 'string', function: 'string', in_app: 'bool', lineno: 'int', module: 'string' },
} as const satisfies Shape

/** `value` is the message, which may hold anything. */
export const javaException = {
  object: {
    exception: {
      object: {
        values: {
          list: {
            object: {
              stacktrace: {
                object: {
                  frames: { list: javaFrame },
                  module: 'string',
                  type: 'string',
                  value: 'protected',
                },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies Shape
