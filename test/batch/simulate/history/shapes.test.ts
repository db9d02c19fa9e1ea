// The stacks of planted signatures, as a stack walk would report them, and the samples that others are shaped after.
import { describe, expect, test } from 'vitest'
import { makeDump } from '../../../../batch/simulate/history/made-stack.ts'
import { madeApps, type MadeApp } from '../../../../batch/simulate/history/scenario.ts'
import { createPlanter, type Shape } from '../../../../batch/simulate/history/shapes.ts'

const plant = createPlanter()

/** Signature, fields and frames of a planted stack, as lines. */
function linesOf({ json_dump: dump, signature_steps: _, ...shape }: Shape): string[] {
  const frames = dump!.threads![0]!.frames!
  return [
    `${shape.signature}  (${shape.os_name}, ${shape.reason} at ${shape.address}, ${shape.process_type} ${shape.report_type}, ${shape.stack_key})`,
    ...frames.map(
      ({ frame, module, module_offset, file, line, trust, function: name }) =>
        `  ${frame}  ${module} ${module_offset}  ${name || '-'}  ${file ?? '-'}:${line ?? '-'}  ${trust}`,
    ),
    `  modules ${dump!.modules!.map(({ filename, version }) => `${filename} ${version}`).join(', ')}`,
  ]
}

const stacksOf = (app: MadeApp) =>
  app.signatures.flatMap((signature) =>
    signature.platforms.flatMap((platform) =>
      linesOf(
        plant(app, signature, { platform, version: signature.versions?.[0] ?? app.releases[0]!.version }),
      ),
    ),
  )

describe('planted stacks', () => {
  test.each(madeApps.map((app) => [app.product, app] as const))('of %s', async (name, app) => {
    const file = `../../../golden/planted-stacks/${name.toLowerCase()}.txt`
    await expect(`${stacksOf(app).join('\n')}\n`).toMatchFileSnapshot(file)
  })

  test('are made once for the same app, signature, platform and version', () => {
    const [app] = madeApps
    const [signature, other] = app!.signatures
    const where = { platform: 'windows', version: '131.0' } as const
    const first = plant(app!, signature!, where)
    expect(plant(app!, signature!, { ...where })).toBe(first)
    expect(plant(app!, signature!, { ...where, version: '130.0' })).not.toBe(first)
    expect(plant(app!, signature!, { ...where, platform: 'linux' })).not.toBe(first)
    expect(plant(app!, other!, where)).not.toBe(first)
  })

  test.each(['windows', 'mac', 'linux', 'android'] as const)(
    'on %s are whole documents',
    async (platform) => {
      const dump = makeDump({
        app: { library: 'app', tail: ['main @ src/main.cpp:29'] },
        signature: { frames: ['app::Fail(int, char*) @ src/fail.cpp:7', 'other!Call'], reason: 'write' },
        ...{ platform, version: '1.2' },
      })
      const file = `../../../golden/planted-stacks/whole-${platform}.json`
      await expect(`${JSON.stringify(dump, null, 2)}\n`).toMatchFileSnapshot(file)
    },
  )

  test('name a second system library only once', () => {
    const dump = makeDump({
      app: { library: 'app', tail: [] },
      signature: { frames: ['libm.so.6!cos', 'libm.so.6!sin'] },
      ...{ platform: 'linux', version: '1' },
    })
    expect(dump.modules!.map(({ filename }) => filename)).toEqual([
      ...['libm.so.6', 'libc.so.6', 'ld-linux-x86-64.so.2'],
    ])
    expect(dump.crash_info).toMatchObject({ type: 'SIGSEGV / SEGV_MAPERR' })
  })
})
