// The built-in lists, put together when first used.
import { type ListFile, listsFromFiles, type SignatureLists } from './lists.ts'
import allocators from './lists/allocators.json' with { type: 'json' }

const files = [allocators] as ListFile[]

let made: SignatureLists | undefined

/** The built-in lists: all topics, and the presets. */
export function defaultLists(): SignatureLists {
  made ??= listsFromFiles(files, { title: 'included signature lists' })
  return made
}
