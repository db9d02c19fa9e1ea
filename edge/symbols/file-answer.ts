// One stored file as a response, with the encoding it is stored in.
import { formatOf } from '../../shared/bytes/format.ts'
import { symbolFileKey } from '../../shared/keys.ts'
import { encodeFilePath, type FilePath, isSymName } from '../../shared/symbol-store/file-path.ts'
import { factsOf } from '../../shared/symbol-store/stored-file.ts'
import { present } from '../../shared/present.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import { storedAnswer } from '../lib/stored-answer.ts'
import { mount } from './answers.ts'

export interface FoundFile {
  storage: Storage
  info: ObjectInfo
  path: FilePath
  isTry: boolean
}

/** A debug ID identifies the content. Files of try builds are deleted after some weeks. */
const cacheControl = (isTry: boolean) =>
  isTry ? 'public, max-age=86400, no-transform' : 'public, max-age=31536000, immutable, no-transform'

/** The file, part of it (206, 416), or 304. HEAD is answered with its own location, which some clients follow. */
export async function fileAnswer(
  request: Request,
  file: FoundFile,
  headers: Record<string, string>,
): Promise<Response> {
  const { storage, info, path, isTry } = file
  const location = `${mount}/${isTry ? 'try/' : ''}${encodeFilePath(path)}`
  const content = await contentHeaders(file)
  return storedAnswer(request, { storage, info, common: headers, content, head: { location } })
}

async function contentHeaders({ info, path, isTry, storage }: FoundFile) {
  const isSym = isSymName(path.leaf)
  const encoding = info.contentEncoding ?? (isSym ? await encodingOf(storage, path, isTry) : undefined)
  const { size, md5 } = factsOf(info)
  return {
    'content-type': isSym ? 'text/plain' : (info.contentType ?? 'application/octet-stream'),
    'cache-control': cacheControl(isTry),
    ...present({
      'content-encoding': encoding,
      'x-amz-meta-original_size': size === undefined ? undefined : `${size}`,
      'x-amz-meta-original_md5_hash': md5,
    }),
  }
}

/** Of a symbol file that another program stored, text or gzip. */
async function encodingOf(storage: Storage, path: FilePath, isTry: boolean): Promise<string | undefined> {
  const object = await storage.get(symbolFileKey(path, isTry), { range: { offset: 0, length: 2 } })
  const start = (await object?.bytes()) ?? new Uint8Array(0)
  return formatOf(start) === 'gzip' ? 'gzip' : undefined
}
