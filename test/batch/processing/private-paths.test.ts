// Directories contain names of people: no path of a client's machine may appear in public data.
import { describe, expect, test } from 'vitest'
import { crashesTable, modulesTable } from '../../../batch/lake/tables.ts'
import type { RawCrash } from '../../../shared/crash.ts'
import { publicView } from '../../../shared/fields/public-view.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { createSynthMinidump, pdb70, type SynthDump } from '../../support/synth-minidump.ts'
import { runPreset } from '../support/rule-input.ts'

const pathOf = (name: string) => [
  `/home/jane.doe/${name}`,
  `C:\\Users\\jane.doe\\${name}`,
  `D:/jane.doe\\${name}`,
]
const guid = [1, 2, 3, new Uint8Array(8)] as const

const windows: SynthDump = {
  system: { cpu: 'amd64', os: 'windows' },
  modules: pathOf('app.exe').map((name, i) => ({
    base: 0x40_0000 + i * 0x10_0000,
    size: 0x1_0000,
    name,
    codeView: pdb70(guid, 1, pathOf('app.pdb')[i]!),
  })),
  unloadedModules: pathOf('gone.dll').map((name, i) => ({ base: 0x90_0000, size: 0x1_0000 + i, name })),
  threads: [
    {
      id: 7,
      stack: { base: 0x1000n, bytes: new Uint8Array(BigUint64Array.of(0n, 0x40_0500n, 0n).buffer) },
      registers: { rip: 0x90_0100, rsp: 0x1000, rbp: 0 },
    },
  ],
  exception: { threadId: 7, code: 0xc0000005, flags: 0, address: 0x90_0100 },
  handles: pathOf('open.txt').map((object, i) => ({ handle: i, type: 'File', object })),
  softErrors: JSON.stringify(pathOf('soft')),
}
const mac: SynthDump = {
  ...windows,
  system: { cpu: 'amd64', os: 'mac' },
  macBootArgs: pathOf('boot')[0]!,
  macCrash: pathOf('lib.dylib').map((path) => ({ version: 5, texts: [path, '', '', '', ''] as const })),
}
const linux: SynthDump = {
  ...windows,
  system: { cpu: 'amd64', os: 'linux' },
  linux: {
    cmdLine: pathOf('app')[0]!,
    environ: `HOME=${pathOf('')[0]}`,
    maps: `00400000-00410000 r-xp 00000000 00:00 1 ${pathOf('app')[0]}\n`,
  },
}

describe.each(Object.entries({ windows, mac, linux }))('a dump of %s full of paths', (_os, dump) => {
  test('only file names appear in rows, in the public view and in the signature', async () => {
    const output = await walkDump(createSynthMinidump(dump))
    const { crash, failed } = runPreset('default', { dump: output })
    expect(failed).toEqual([])
    const raw = {} as RawCrash
    const rows = [...crashesTable.rowsOf(crash, raw), ...modulesTable.rowsOf(crash, raw)]
    expect(JSON.stringify([publicView(crash), rows, crash.signature])).not.toContain('jane.doe')
    expect(crash.signature).toContain('gone.dll')
    expect(new Set(output.unloaded_modules.map(({ filename }) => filename))).toEqual(new Set(['gone.dll']))
  })

  test('processed crashes with full paths do not reveal more', () => {
    const [path] = pathOf('x.dll')
    const stored = {
      modules: [{ filename: path, debug_file: path }],
      unloaded_modules: [{ filename: path }],
      threads: [{ frames: [{ module: path, unloaded_modules: [{ module: path, offsets: [] }] }] }],
      mac_crash_info: { num_records: 1, records: [{ module: path }] },
    }
    const view = publicView({ json_dump: stored, upload_file_minidump_browser: { json_dump: stored } })
    expect(JSON.stringify(view)).not.toContain('jane.doe')
    expect(view.json_dump!.unloaded_modules).toEqual([{ filename: 'x.dll' }])
  })
})
