// Symbol files of the test vectors of symbolication. The first three are those of Eliot's tests (mozilla-services/eliot,
// tests/test_symbolicate_resource.py).

/** Debug IDs. */
export const testproj = 'D48F191186D67E69DF025AD71FB91E1F0'
export const inlined = '0905AE80CEE75A33E3CAB61C274274DE0'
export const ntdll = 'F86EB934B42FBB79B2595AA25907695C1'
export const rules = 'A1B2C3D4E5F60718293A4B5C6D7E8F900'
export const paths = 'B1B2C3D4E5F60718293A4B5C6D7E8F901'
export const other = 'C1B2C3D4E5F60718293A4B5C6D7E8F901'

/** Symbol files by path in a symbol store. */
export const vectorFiles: Readonly<Record<string, string>> = {
  [`testproj/${testproj}/testproj.sym`]: `MODULE Linux x86_64 ${testproj} testproj
FILE 0 /home/willkg/projects/testproj/src/main.rs
FUNC 5380 44 0 testproj::main
5380 9 1 0
5389 36 2 0
53bf 5 3 0
`,
  [`testproj/${inlined}/testproj.sym`]: `MODULE Linux x86_64 ${inlined} testproj
INFO CODE_ID 80AE0509E7CE335AE3CAB61C274274DE96049B64
FILE 0 /home/willkg/projects/testproj/src/main.rs
FILE 1 /rustc/e092d0b6b43f2de967af0887873151bb1c0b18d3/library/core/src/fmt/mod.rs
FILE 2 /home/willkg/projects/testproj/src/helper.rs
INLINE_ORIGIN 0 testproj::helper::middle
INLINE_ORIGIN 1 testproj::helper::inner
INLINE_ORIGIN 2 core::fmt::Arguments::new_v1
FUNC 7a40 85 0 testproj::main
INLINE 0 4 0 0 7a40 7d
INLINE 1 2 2 1 7a40 49
INLINE 2 7 2 2 7a40 3a
INLINE 1 3 2 2 7a89 31
7a40 7 3 0
7a47 33 392 1
7a7a f 7 2
7a89 31 392 1
7aba 3 3 2
7abd 8 5 0
7a82 5 5 2
`,
  [`ntdll.pdb/${ntdll}/ntdll.sym`]: `MODULE windows x86_64 ${ntdll} ntdll.pdb
INFO CODE_ID 0532197720E000 ntdll.dll
FUNC 1008 106 0 LdrpGetModuleName
PUBLIC 1120 0 LdrQueryNextListEntry
PUBLIC 1140 0 LdrQueryModuleInfoFromLdrEntry
FUNC 1260 4a 0 LdrpReadMemory
`,
  [`rules.so/${rules}/rules.so.sym`]: `MODULE Linux x86_64 ${rules} rules.so
FILE 0 a.c
PUBLIC 100 0 first
FUNC 200 40 0 gaps
208 8 11 0
218 8 0 0
220 10 -5 0
FUNC m 240 10 0 shared
FUNC 250 0 0 empty
FUNC 260 10 0${' '}
260 10 7 9
PUBLIC m 300 0 last
`,
  [`paths.pdb/${paths}/paths.sym`]: `MODULE windows x86_64 ${paths} paths.pdb
INFO GENERATOR mozilla/dump_syms 2.3.3
FILE 0 d:/a/b/../c.cpp
FILE 1 hg:hg.mozilla.org/mozilla-central:mfbt/./Assert.h:ab12
FILE 2 /build/glibc/sunrpc/../sysdeps/clone.S
FUNC 10 10 0 drive
10 10 1 0
FUNC 20 10 0 checkout
20 10 2 1
FUNC 30 10 0 parent
30 10 3 2
`,
  [`junk.so/${other}/junk.so.sym`]: 'this is junk',
  [`wrong.so/${other}/wrong.so.sym`]: `MODULE Linux x86_64 ${testproj} wrong.so\nPUBLIC 10 0 f\n`,
}
