// Settings in a file of the current folder, for all commands: `mayday init` writes it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { CrashError } from '../shared/errors.ts'
import { own } from '../shared/own.ts'
import { findUnknownSettings, isSetting } from '../shared/settings.ts'

/** Lines `NAME=value`, as in an environment file of systemd, Docker and Node. */
export const settingsFile = 'mayday.env'

/**
 * The settings of the file in `folder` that the environment lacks; empty without a file.
 * @throws CrashError 'bad-config' naming what is not a setting, so that no other variable comes from a folder
 */
export function readSettingsFile(env: NodeJS.ProcessEnv, folder = '.'): Record<string, string> {
  const given = Object.entries(parseEnv(readText(join(folder, settingsFile))))
  const wrong = given.map(([name]) => name).filter((name) => !isSetting(name))
  if (wrong.length > 0) throw new CrashError('bad-config', `${settingsFile}: ${describe(wrong)}`)
  return Object.fromEntries(
    given.flatMap(([name, value]) =>
      own(env, name) === undefined && value !== undefined ? [[name, value]] : [],
    ),
  )
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new CrashError('bad-config', `${settingsFile} cannot be read: ${code}`, { cause })
  }
}

function describe(names: readonly string[]): string {
  const meant = new Map(findUnknownSettings(names).map((unknown) => [unknown.name, unknown.meant]))
  return names
    .map((name) => {
      const hint = meant.get(name)
      return `${name} is not a setting${hint ? `; did you mean ${hint}?` : ''}`
    })
    .join(', ')
}
