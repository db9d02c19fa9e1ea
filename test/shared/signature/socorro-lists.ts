// Socorro's lists, where the shared data is available; otherwise tests that need them are skipped.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readLists } from '../../../shared/signature/lists.node.ts'

const socorroDirectory = resolve(import.meta.dirname, '../../../../shared/data/siglists')
export const hasSocorroLists = existsSync(socorroDirectory)
export const socorroLists = () => readLists(socorroDirectory)
/** For names of tests. */
export const unlessAbsent = hasSocorroLists ? '' : ' (skipped: ../shared/data/siglists is missing)'
