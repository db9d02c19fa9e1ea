// Crash reports as people paste them, shortened.

export const appleCrash = `Process:               MyApp [4711]
Path:                  /Applications/MyApp.app/Contents/MacOS/MyApp
Crashed Thread:        0  CrBrowserMain  Dispatch queue: com.apple.main-thread

Thread 0 Crashed:: CrBrowserMain  Dispatch queue: com.apple.main-thread
0   com.github.Electron.framework 	0x0000000108c2a5e0 0x108c00000 + 173536
1   com.github.Electron.framework 	0x0000000108c2a600 ElectronMain + 44
2   com.example.MyApp             	0x0000000100000f6c main + 12

Thread 1:
0   libsystem_kernel.dylib        	0x00007ff800002a5e mach_msg_trap + 10

Binary Images:
       0x100000000 -        0x100003fff +com.example.MyApp (1.2.3 - 1.2.3) <A0B0C0D0-E0F0-0102-0304-050607080900> /Applications/MyApp.app/Contents/MacOS/MyApp
       0x108c00000 -        0x10f3c7fff +com.github.Electron.framework (28.0.0) <4C4C4481-5555-3144-A1AB-8D2B4A2D5C3A> /Applications/MyApp.app/Contents/Frameworks/Electron Framework.framework/Versions/A/Electron Framework
    0x7ff800000000 -     0x7ff800036fff  libsystem_kernel.dylib (8020.101.4) <00112233-4455-6677-8899-AABBCCDDEEFF> /usr/lib/system/libsystem_kernel.dylib
`

const ipsBody = {
  procName: 'MyApp',
  bundleInfo: { CFBundleShortVersionString: '1.2.3' },
  faultingThread: 1,
  threads: [
    {
      id: 1,
      frames: [
        { imageOffset: 173536, imageIndex: 1 },
        { imageOffset: 10846, symbol: 'abort', symbolLocation: 12, imageIndex: 2 },
      ],
    },
    {
      triggered: true,
      id: 2,
      name: 'main',
      frames: [{ imageOffset: 3948, symbol: 'main', symbolLocation: 12, imageIndex: 0 }],
    },
  ],
  usedImages: [
    {
      source: 'P',
      base: 0x100000000,
      size: 16384,
      uuid: 'a0b0c0d0-e0f0-0102-0304-050607080900',
      path: '/Applications/MyApp.app/Contents/MacOS/MyApp',
      name: 'MyApp',
    },
    {
      source: 'P',
      base: 0x108c00000,
      size: 0x67c8000,
      uuid: '4c4c4481-5555-3144-a1ab-8d2b4a2d5c3a',
      path: '/A/Electron Framework',
      name: 'Electron Framework',
    },
    {
      source: 'P',
      base: 0x7ff800000000,
      size: 0x37000,
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      path: '/usr/lib/system/libsystem_kernel.dylib',
      name: 'libsystem_kernel.dylib',
    },
  ],
}

export const ipsReport = `{"app_name":"MyApp","timestamp":"2026-11-22 10:00:00.00 +0100","bug_type":"309"}\n${JSON.stringify(ipsBody, null, 2)}`

export const breakpadText = `Operating system: Linux
Crash reason:  SIGSEGV

Thread 0 (crashed)
 0  app + 0x1126
    rax = 0x0000000000000000   rdx = 0x00007ffd2bd5ecb8
    Found by: given as instruction pointer in context
 1  libc.so.6 + 0x29d90
    Found by: stack scanning
 2  app!_start + 0x2e
    Found by: stack scanning

Loaded modules:
0x00400000 - 0x00404fff  app  ???  (main)  (WARNING: No symbols, app, ABCDEF0123456789ABCDEF01234567890)
0x7f0000000000 - 0x7f0000226fff  libc.so.6  ???
`

export const breakpadMachine = `OS|Windows NT|10.0.19045
Crash|EXCEPTION_ACCESS_VIOLATION_READ|0x0|0
Module|app.exe|1.0.0.0|app.pdb|ABCDEF0123456789ABCDEF01234567891|0x140000000|0x140010fff|1
Module|ntdll.dll|10.0.19041.1|||0x7ff800000000|0x7ff8001fffff|0

0|0|app.exe||||0x1126
0|1|app.exe|main|main.cpp|12|0x7
0|2|ntdll.dll||||0x29d90
`
