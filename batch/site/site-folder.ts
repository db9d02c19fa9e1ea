// A folder that only `mayday site` writes.
import { existsSync, readdirSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import { makeFolder } from '../../shared/make-folder.node.ts'
import type { Bytes } from '../../shared/units.ts'

/** Marks the folder: without it, files of others could be removed. */
const marker = '.mayday-site'

export class SiteFolder {
  private readonly root: string
  private readonly written = new Set<string>([marker])
  bytes: Bytes = 0

  /** @throws CrashError 'bad-usage' when the folder has files of others */
  constructor(dir: string) {
    this.root = resolve(dir)
    if (existsSync(this.root) && readdirSync(this.root).length > 0 && !existsSync(join(this.root, marker)))
      throw new CrashError(
        'bad-usage',
        `${dir} has other files: name a new folder, or one of an earlier site`,
      )
    makeFolder(this.root)
  }

  get files(): number {
    return this.written.size - 1
  }

  /** @param path relative, with slashes @throws CrashError 'bad-usage' when it leaves the folder */
  async write(path: string, content: Uint8Array | string): Promise<void> {
    if (this.files === 0) await writeFile(join(this.root, marker), '')
    const file = join(this.root, path)
    if (!file.startsWith(this.root + sep)) throw new CrashError('bad-usage', `${path} is not in the site`)
    makeFolder(dirname(file))
    await writeFile(file, content)
    this.written.add(path)
    this.bytes += Buffer.byteLength(content)
  }

  /** Removes what an earlier run wrote and this one did not; returns how many files. */
  async removeOthers(): Promise<number> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true })
    let removed = 0
    for (const entry of entries) {
      const file = join(entry.parentPath, entry.name)
      const path = file.slice(this.root.length + 1).replaceAll(sep, '/')
      if (!entry.isFile() || this.written.has(path)) continue
      await rm(file)
      removed++
    }
    return removed
  }
}
