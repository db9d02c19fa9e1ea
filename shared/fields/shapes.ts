// Shapes of the smaller objects in a processed crash.
import type { PartColumn } from './field.ts'
import type { Shape } from './shape.ts'

/** Files of a report, in order. */
export const reportFiles = {
  list: {
    object: {
      /** The stored name. */
      name: 'string',
      /** The submitted part name. */
      original_name: 'string',
      /** Null when the client sent none. */
      filename: 'string?',
      content_type: 'string',
      /** In bytes, uncompressed. */
      size: 'int',
    },
  },
} as const satisfies Shape

/** Protected as a whole. */
export const collectorMetadata = {
  object: {
    /** `json` or `multipart`. */
    payload: 'string',
    /** `0` or `1`. */
    payload_compressed: 'string',
    /** Bytes on the wire. */
    payload_size: 'int',
    collector_notes: { list: 'string' },
    /** Sanitized dump name to SHA-256, lower-case hex. */
    dump_checksums: { map: 'string', keys: /^\w{1,60}$/ },
    user_agent: 'string',
    throttle_rule: 'string',
    throttle: { object: { rule: 'string', percent: 'float', weight: 'float' } },
    /** Where they differ: stored name to the submitted part name. */
    original_names: { map: 'string', keys: /^\w{1,60}$/ },
    /** Not in stored reports, whose parts contain it. */
    files: reportFiles,
    /** The minidumps that were removed from the report: ISO time, reason, stored names, bytes uncompressed. */
    dumps_dropped: { object: { at: 'string', why: 'string', names: { list: 'string' }, bytes: 'int' } },
    /** Values of annotations replaced by others of the same name, or by JSON. */
    replaced: { map: 'json' },
    /** Client annotations whose names collide with collector keys, as received. */
    shadowed: { map: 'json', keys: /^\w+$/ },
  },
} as const satisfies Shape

export const memoryMeasures = {
  object: {
    explicit: 'int',
    gfx_textures: 'int',
    ghost_windows: 'int',
    heap_allocated: 'int',
    heap_overhead: 'int',
    heap_unclassified: 'int',
    host_object_urls: 'int',
    images: 'int',
    js_main_runtime: 'int',
    private: 'int',
    resident: 'int',
    resident_unique: 'int',
    system_heap_allocated: 'int',
    top_none_detached: 'int',
    vsize: 'int',
    vsize_max_contiguous: 'int',
  },
} as const satisfies Shape

export const memoryColumns: readonly PartColumn[] = Object.keys(memoryMeasures.object).map((key) => ({
  name: `memory_${key}`,
  key,
  type: 'int64',
  search: 'int',
}))

/** Protected as a whole. */
export const breadcrumbs = {
  list: {
    object: {
      category: 'string',
      /** Any data noted by the client's library. */
      data: 'json',
      level: 'string',
      message: 'string',
      timestamp: 'string',
      type: 'string',
    },
  },
} as const satisfies Shape

const javaFrame = {
  object: { filename: 'string?', function: 'string?', in_app: 'bool?', lineno: 'int?', module: 'string?' },
} as const satisfies Shape

/** `value` is the message, which may contain anything. */
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
                  value: { protected: 'string' },
                },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies Shape
