// Streams of Linux dumps: copies of files under /proc and /etc.
import { describe, expect, test } from 'vitest'
import { microcodeOf, pidOf } from '../../../shared/minidump/linux.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { type createAssembler, minidumpString } from '../../support/assembler.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import type { SynthDump } from '../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))

describe('readMinidump: Linux', () => {
  test('maps have inclusive ranges, permissions and paths with spaces', () => {
    const maps = [
      '10a00-10b00 r-xp 10bac9000 fd:05 1196511 /usr/lib64/libtdb1.so',
      '7ff0-8000 rw-s 00000000 00:00 0   /tmp/a b (deleted)',
      'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]',
      '',
    ].join('\n')
    const { linuxMaps } = read({ linux: { maps } })
    expect(linuxMaps).toMatchObject([
      { start: 0x10a00n, last: 0x10affn, readable: true, writable: false, executable: true },
      { path: '/tmp/a b (deleted)', shared: true },
      { path: '[vsyscall]', readable: false },
    ])
    expect(read({ linux: { maps: 'what is this' } }).linuxMaps).toBeNull()
    const blanks = read({ linux: { maps: `0-1 r 0 0:0 0${' '.repeat(500_000)}a\rb` } }).linuxMaps
    expect(blanks?.[0]?.path).toBe('a\rb')
  })

  test('release file, microcode, pid, limits, command line, environment', () => {
    const dump = read({
      linux: {
        lsbRelease:
          'DISTRIB_ID="hello"\n"DISTRIB_RELEASE"  =there\n"DISTRIB_CODENAME" =   "very long string"\n' +
          'DISTRIB_DESCRIPTION= wow long string!!! \n',
        cpuInfo: '\nmicrocode : 0x1e34a6789\n',
        procStatus: 'Name:\tx\nPid:\t3747\n',
        limits:
          'Limit                     Soft Limit           Hard Limit           Units     \n' +
          'Max cpu time              unlimited            unlimited            seconds   \n' +
          'Max nice priority         0                    0                    \n',
        cmdLine: '/bin/a\0-b c\0',
        environ: 'HOME=/root\0A=b=c\0',
      },
    })
    expect(dump.linuxLsbRelease).toEqual({
      id: 'hello',
      release: 'there',
      codename: 'very long string',
      description: 'wow long string!!!',
    })
    expect(microcodeOf(dump.linuxCpuInfo!)).toBe(0x1e34a6789n)
    expect(pidOf(dump.linuxProcStatus!)).toBe(3747)
    expect(dump.linuxLimits).toEqual([
      { name: 'Max cpu time', soft: 'unlimited', hard: 'unlimited', unit: 'seconds' },
      { name: 'Max nice priority', soft: 0, hard: 0, unit: 'n/a' },
    ])
    expect(dump.linuxCommandLine).toEqual(['/bin/a', '-b c'])
    expect([...dump.linuxEnviron!]).toEqual([
      ['HOME', '/root'],
      ['A', 'b=c'],
    ])
  })

  test('line breaks may be of Windows', () => {
    const dump = read({
      linux: {
        lsbRelease: 'ID="a b"\r\nVERSION_ID=1 \r\n',
        cpuInfo: 'microcode\t: 0x1f\r\n',
        procStatus: 'Pid:\t7\r\n',
      },
    })
    expect(dump.linuxLsbRelease).toMatchObject({ id: 'a b', release: '1' })
    expect(microcodeOf(dump.linuxCpuInfo!)).toBe(0x1fn)
    expect(pidOf(dump.linuxProcStatus!)).toBe(7)
  })

  test('auxiliary vector and dynamic linker list follow the pointer size', () => {
    const raw = [
      { type: 0x47670008, write: (a: ReturnType<typeof createAssembler>) => a.u64(6, 4096, 0, 0, 7, 7) },
      {
        type: 0x4767000a,
        write: (a: ReturnType<typeof createAssembler>) => {
          a.u32(1).reference((b) => b.u64(0x5000).reference(minidumpString('/lib/ld.so')).u64(0x6000))
          a.u32(1).u64(0x7000, 0x8000, 0x9000)
        },
      },
    ]
    const dump = read({ system: { cpu: 'amd64' }, raw })
    expect(dump.linuxAuxv).toEqual([[6n, 4096n]])
    expect(dump.linuxDsoDebug).toEqual({
      version: 1,
      brk: 0x7000n,
      loaderBase: 0x8000n,
      dynamic: 0x9000n,
      links: [{ address: 0x5000n, name: '/lib/ld.so', ld: 0x6000n }],
    })
  })
})

describe('a value of a Linux file', () => {
  test.each([
    ['Pid:0', 0],
    ['Pid:4294967295', 0xffff_ffff],
    ['Pid:4294967296', 0],
    ['Pid:\t\n\v', 0],
    ['\t Pid \f:\r 5 \t\f\r', 5],
    ['Pid:\b5', 0],
    ['Pid:\u000e5', 0],
    ['Pid:\v5', 0],
    ['Pid:""', 0],
    ['Pid:"', 0],
    ['Pid:"5"', 5],
    [':5', 0],
    ['Pid:1\nPid:2', 2],
  ])('%j is the process %i', (text, pid) => expect(pidOf(text)).toBe(pid))

  test.each([
    ['microcode:0xffffffffffffffff', 0xffff_ffff_ffff_ffffn],
    ['microcode:0x10000000000000000', null],
    ['microcode:0x', null],
  ])('%s is the revision %s', (text, revision) => expect(microcodeOf(text)).toBe(revision))

  test.each([
    ['ID=""', ''],
    ['ID="', '"'],
    ['ID="a', '"a'],
    ['ID=a"', 'a"'],
    ['ID= ', ''],
    ['ID=', ''],
    ['=a', ''],
  ])('%s is the id %j', (lsbRelease, id) => {
    expect(read({ linux: { lsbRelease } }).linuxLsbRelease?.id).toBe(id)
  })

  test('without a key is kept in the environment', () => {
    expect([...read({ linux: { environ: '=a\0b\0' } }).linuxEnviron!]).toEqual([['', 'a']])
  })

  test.each([
    ['0-0 r 0 0:0 0', 0n],
    ['0-1 r 0 0:0 0', 0n],
    ['0-2 r 0 0:0 0', 1n],
  ])('%s ends at %s', (maps, last) => expect(read({ linux: { maps } }).linuxMaps?.[0]?.last).toBe(last))
})
