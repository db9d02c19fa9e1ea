// What is stored with each file of a symbol store, as metadata of its object.
import { present } from '../present.ts'
import type { ObjectInfo } from '../storage/storage.ts'

/** What a symbol file states about its module; empty where unknown. */
export interface ModuleFacts {
  debugFile: string
  debugId: string
  codeFile: string
  codeId: string
  generator: string
  /** As INFO LACKS states: the file of the module without which it was made. */
  lacks: string
}

/** A file before compression. */
export interface FileFacts {
  /** Bytes. */
  size: number
  /** 32 lower-case hexadecimal digits. */
  md5: string
  /** Null for a file that is not a symbol file. */
  module: ModuleFacts | null
}

/** Metadata holds little, and ASCII only. */
const maxValue = 400
const encode = (value: string) => encodeURIComponent(value).slice(0, maxValue).replace(/%.?$/, '')

export function metadataOf({ size, md5, module }: FileFacts): Record<string, string> {
  const facts = module && {
    'debug-file': module.debugFile,
    'debug-id': module.debugId,
    'code-file': module.codeFile,
    'code-id': module.codeId,
    generator: module.generator,
    lacks: module.lacks,
  }
  const texts = Object.entries(facts ?? {}).filter(([, value]) => value !== '')
  return {
    'original-size': `${size}`,
    'original-md5': md5,
    ...Object.fromEntries(texts.map(([name, value]) => [name, encode(value)])),
  }
}

/** What is known about a stored file; its writer may have been another program. */
export interface KnownFacts {
  size?: number
  md5?: string
  module: ModuleFacts
}

export function factsOf({ metadata }: Pick<ObjectInfo, 'metadata'>): KnownFacts {
  const size = metadata['original-size']
  return {
    ...present({ size: size === undefined ? undefined : Number(size), md5: metadata['original-md5'] }),
    module: {
      debugFile: decode(metadata['debug-file']),
      debugId: decode(metadata['debug-id']),
      codeFile: decode(metadata['code-file']),
      codeId: decode(metadata['code-id']),
      generator: decode(metadata.generator),
      lacks: decode(metadata.lacks),
    },
  }
}

function decode(value = ''): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
