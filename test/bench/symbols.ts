// The symbol server: downloads beside plain reads of the same files, memory during uploads, symbolication.
import { join } from 'node:path'
import { withTemporaryFolder } from './edge.support.ts'
import { downloadsInDeno, downloadsInWorkerd } from './symbol-downloads.support.ts'
import { uploadsToDeno, uploadsToWorkerd } from './symbol-uploads.support.ts'
import { overModules } from './symbolicate.support.ts'

export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => ({
    'downloads, deno': await downloadsInDeno(join(dir, 'deno')),
    'downloads, workerd': await downloadsInWorkerd(join(dir, 'workerd')),
    'uploads, deno': await uploadsToDeno(join(dir, 'deno-uploads')),
    'uploads, workerd': await uploadsToWorkerd(join(dir, 'workerd-uploads')),
    'symbolication, 10,000 frames over 100 modules': await overModules(join(dir, 'symbolication')),
  }))
