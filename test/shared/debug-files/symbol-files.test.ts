// The symbol files of real programs, byte for byte: what the comparisons with independent tools in programs.test.ts leave
// open, such as the order of records, sizes, names of inlined calls, and warnings. After a change that is meant, take the
// new values from the failure.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { groupModules, helpersAmong, readModule } from '../../../shared/debug-files/debug-file.ts'
import { describeModule } from '../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'
import { debugFileBytes, openAll } from '../../support/debug-programs.ts'
import { splitBytes } from '../../support/split-programs.ts'

const ofPrograms = (names: string) => names.split(' ').flatMap(debugFileBytes)
const ofSplit = (names: string) => names.split(' ').map((name) => ({ path: name, bytes: splitBytes(name) }))

async function described(files: readonly { path: string; bytes: Uint8Array }[]): Promise<string[]> {
  const opened = openAll(files)
  const lines: string[] = []
  for (const group of groupModules(opened)) {
    const module = await readModule(group, { helpers: helpersAmong(opened) })
    const hash = createHash('sha256')
    for (const chunk of symText(module)) hash.update(chunk)
    const { os, arch, debugId, debugFile, codeId, codeFile } = module.identity
    lines.push(
      [os, arch, debugId, debugFile, codeId, codeFile, module.lacks].join(' '),
      describeModule(module),
      hash.digest('hex').slice(0, 16),
    )
  }
  return lines
}

describe('the symbol files', () => {
  test.each<[string, string[]]>([
    [
      'libtree-arm64.dylib libtree-arm64.dylib.dSYM',
      [
        'mac arm64 4C4C44E455553144A1441168058AEE3C0 libtree-arm64.dylib   ',
        '22 functions, 97 lines, 22 inlined calls, 0 public symbols, 8 unwind records',
        'bacebdf817e13f73',
      ],
    ],
    [
      'libtree-arm64.dylib',
      [
        'mac arm64 4C4C44E455553144A1441168058AEE3C0 libtree-arm64.dylib   debug file',
        '22 functions, 0 lines, 0 inlined calls, 0 public symbols, 8 unwind records; the debug data are in the object files: run dsymutil and add the dSYM; without its .dSYM: no function names except its own symbols, no lines',
        '0b10e738d39694d2',
      ],
    ],
    [
      'libtree-arm64.dylib.dSYM',
      [
        'mac arm64 4C4C44E455553144A1441168058AEE3C0 libtree-arm64.dylib   program',
        '22 functions, 97 lines, 22 inlined calls, 0 public symbols, 0 unwind records; libtree-arm64.dylib is a debug file; without its binary there are no unwind rules',
        '7116c1e64e6243d7',
      ],
    ],
    [
      'libtree-clang-zlibgnu.so',
      [
        'Linux x86_64 281C93D0CE0807E0245BA9F81439DC1B0 libtree-clang-zlibgnu.so D0931C2808CEE007245BA9F81439DC1B6A951A46  ',
        '19 functions, 106 lines, 20 inlined calls, 6 public symbols, 21 unwind records',
        'fd79143e26df5e38',
      ],
    ],
    [
      'libtree-fat.dylib',
      [
        'mac x86_64 4C4C446A55553144A1FB9735D87A63900 libtree-fat.dylib   debug file',
        '22 functions, 0 lines, 0 inlined calls, 0 public symbols, 19 unwind records; the debug data are in the object files: run dsymutil and add the dSYM; without its .dSYM: no function names except its own symbols, no lines',
        '439cbe5114102927',
        'mac arm64 4C4C44E455553144A1441168058AEE3C0 libtree-fat.dylib   debug file',
        '22 functions, 0 lines, 0 inlined calls, 0 public symbols, 8 unwind records; the debug data are in the object files: run dsymutil and add the dSYM; without its .dSYM: no function names except its own symbols, no lines',
        '669f3fb3c4af5247',
      ],
    ],
    [
      'libtree-x86_64.dylib libtree-x86_64.dylib.dSYM',
      [
        'mac x86_64 4C4C446A55553144A1FB9735D87A63900 libtree-x86_64.dylib   ',
        '22 functions, 92 lines, 22 inlined calls, 0 public symbols, 30 unwind records',
        'acc19ee789d3b91c',
      ],
    ],
    [
      'libtree-x86_64.dylib',
      [
        'mac x86_64 4C4C446A55553144A1FB9735D87A63900 libtree-x86_64.dylib   debug file',
        '22 functions, 0 lines, 0 inlined calls, 0 public symbols, 19 unwind records; the debug data are in the object files: run dsymutil and add the dSYM; without its .dSYM: no function names except its own symbols, no lines',
        'ec13832ea5e49db5',
      ],
    ],
    [
      'ring-debugframe',
      [
        'Linux x86_64 21AADF8CD512E661A01A34696246BF750 ring-debugframe 8CDFAA2112D561E6A01A34696246BF75ACC4CE31  ',
        '6 functions, 48 lines, 3 inlined calls, 6 public symbols, 8 unwind records',
        '43c89512766b5961',
      ],
    ],
    [
      'ring-gcc-O3-g0',
      [
        'Linux x86_64 7513D5E61C8C803A5B651B52AEA613180 ring-gcc-O3-g0 E6D513758C1C3A805B651B52AEA61318C35157AC  debug file',
        '6 functions, 0 lines, 0 inlined calls, 6 public symbols, 8 unwind records; without a debug file: no function names except its own symbols, no lines',
        'd9d552aa2d5c4a0f',
      ],
    ],
    [
      'ring-linked ring-linked.debug',
      [
        'Linux x86_64 44487446C75C915FD4A77862EA6919A50 ring-linked 467448445CC75F91D4A77862EA6919A50328ED15  ',
        '6 functions, 65 lines, 3 inlined calls, 6 public symbols, 8 unwind records',
        '178fe8468345b05b',
      ],
    ],
    [
      'ring-linked',
      [
        'Linux x86_64 44487446C75C915FD4A77862EA6919A50 ring-linked 467448445CC75F91D4A77862EA6919A50328ED15  debug file',
        '6 functions, 0 lines, 0 inlined calls, 6 public symbols, 8 unwind records; without ring-linked.debug: no function names except its own symbols, no lines',
        '148a48015457f15e',
      ],
    ],
    [
      'ring-linked.debug',
      [
        'Linux x86_64 44487446C75C915FD4A77862EA6919A50 ring-linked 467448445CC75F91D4A77862EA6919A50328ED15  program',
        '6 functions, 65 lines, 3 inlined calls, 6 public symbols, 0 unwind records; ring-linked.debug is a debug file; without its binary there are no unwind rules',
        '63c21f1580776e5c',
      ],
    ],
    [
      'tree-arm',
      [
        'Linux arm AA1AB44689297A6095F7ED944F8227BE0 tree-arm 46B41AAA2989607A95F7ED944F8227BE45DB417B  ',
        '20 functions, 104 lines, 20 inlined calls, 8 public symbols, 20 unwind records',
        '938c52f5014d360c',
      ],
    ],
    [
      'tree-arm64',
      [
        'Linux arm64 319A7CA81DF1F5647B7D34EF7EA410A60 tree-arm64 A87C9A31F11D64F57B7D34EF7EA410A6CFF10D8B  ',
        '21 functions, 144 lines, 20 inlined calls, 6 public symbols, 24 unwind records',
        '19410ca396e65377',
      ],
    ],
    [
      'tree-arm64.exe tree-arm64.pdb',
      [
        'windows arm64 D36E186D17011AF64C4C44205044422E1 tree-arm64.pdb 34FD62AF6000 tree-arm64.exe ',
        '21 functions, 114 lines, 20 inlined calls, 0 public symbols, 12 unwind records',
        '69d2d80bff2e2912',
      ],
    ],
    [
      'tree-arm64.exe',
      [
        'windows arm64 D36E186D17011AF64C4C44205044422E1 tree-arm64.pdb 34FD62AF6000 tree-arm64.exe debug file',
        '1 functions, 0 lines, 0 inlined calls, 0 public symbols, 12 unwind records; without tree-arm64.pdb: no function names except exports, no lines',
        '43aa7ca0bf8e0d4e',
      ],
    ],
    [
      'tree-arm64.pdb',
      [
        'windows arm64 D36E186D17011AF64C4C44205044422E1 tree-arm64.pdb   program',
        '21 functions, 114 lines, 20 inlined calls, 0 public symbols, 0 unwind records; tree-arm64.pdb without its .exe or .dll: no unwind rules for arm64',
        '0faecb2bbcb276ba',
      ],
    ],
    [
      'tree-clang-O0-dw5',
      [
        'Linux x86_64 E90D292F4C386E813D28AABD079CF8E20 tree-clang-O0-dw5 2F290DE9384C816E3D28AABD079CF8E231926317  ',
        '28 functions, 114 lines, 15 inlined calls, 6 public symbols, 30 unwind records',
        '97a0b85f707fbe63',
      ],
    ],
    [
      'tree-gcc-O3-lto',
      [
        'Linux x86_64 166E947E6D873F1C7A7D85464BF59B710 tree-gcc-O3-lto 7E946E16876D1C3F7A7D85464BF59B71684BF3E4  ',
        '30 functions, 245 lines, 31 inlined calls, 6 public symbols, 32 unwind records',
        'adc80366b2edec51',
      ],
    ],
    [
      'tree-gcc-dwz',
      [
        'Linux x86_64 9024E6E1BD8A4406C78123405F569D7E0 tree-gcc-dwz E1E624908ABD0644C78123405F569D7EAAFFC4D8  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        '2dc774fff27760ec',
      ],
    ],
    [
      'tree-mingw-O1.exe',
      [
        'windows x86_64 B9C7253308572C59186BD53894F86FE51 tree-mingw-O1.exe 6B0B624013000 tree-mingw-O1.exe ',
        '20 functions, 100 lines, 20 inlined calls, 0 public symbols, 46 unwind records',
        'b906243e5f3263a8',
      ],
    ],
    [
      'tree-x64.exe tree-x64.pdb',
      [
        'windows x86_64 24B4D5A1A68277F14C4C44205044422E1 tree-x64.pdb 95E317A86000 tree-x64.exe ',
        '21 functions, 87 lines, 20 inlined calls, 3 public symbols, 22 unwind records',
        '52740273063e8f23',
      ],
    ],
    [
      'tree-x64.exe',
      [
        'windows x86_64 24B4D5A1A68277F14C4C44205044422E1 tree-x64.pdb 95E317A86000 tree-x64.exe debug file',
        '1 functions, 0 lines, 0 inlined calls, 0 public symbols, 22 unwind records; without tree-x64.pdb: no function names except exports, no lines',
        'c3e618ee5ac00157',
      ],
    ],
    [
      'tree-x64.pdb',
      [
        'windows x86_64 24B4D5A1A68277F14C4C44205044422E1 tree-x64.pdb   program',
        '21 functions, 87 lines, 20 inlined calls, 3 public symbols, 0 unwind records; tree-x64.pdb without its .exe or .dll: no unwind rules for x86_64',
        '6c3913d526ebd113',
      ],
    ],
    [
      'tree-x86',
      [
        'Linux x86 53ECD2048E6E5BDD0886C962130450F70 tree-x86 04D2EC536E8EDD5B0886C962130450F7FFD2BCD4  ',
        '21 functions, 141 lines, 20 inlined calls, 10 public symbols, 25 unwind records',
        'd301a0863015315b',
      ],
    ],
    [
      'tree-x86.exe tree-x86.pdb',
      [
        'windows x86 07178EF9ECA0A1014C4C44205044422E1 tree-x86.pdb B0D841035000 tree-x86.exe ',
        '21 functions, 96 lines, 20 inlined calls, 0 public symbols, 62 unwind records',
        '19d5fbee6f1d0807',
      ],
    ],
    [
      'tree-x86.exe',
      [
        'windows x86 07178EF9ECA0A1014C4C44205044422E1 tree-x86.pdb B0D841035000 tree-x86.exe debug file',
        '0 functions, 0 lines, 0 inlined calls, 1 public symbols, 0 unwind records; without tree-x86.pdb: no function names except exports, no lines',
        'b2359b38316dd371',
      ],
    ],
    [
      'tree-x86.pdb',
      [
        'windows x86 07178EF9ECA0A1014C4C44205044422E1 tree-x86.pdb   ',
        '21 functions, 96 lines, 20 inlined calls, 0 public symbols, 62 unwind records',
        '7db0a1df97b0753c',
      ],
    ],
    [
      'words-clang19-O2-zstd',
      [
        'Linux x86_64 1A82AB5CCE1C1D45A07683E0A9F92E6C0 words-clang19-O2-zstd 5CAB821A1CCE451DA07683E0A9F92E6CCEF3139C  ',
        '14 functions, 325 lines, 272 inlined calls, 6 public symbols, 16 unwind records',
        '99322c02cf331d3b',
      ],
    ],
  ])('of %s', async (names, lines) => {
    expect(await described(ofPrograms(names))).toEqual(lines)
  })

  test.each<[string, string[]]>([
    [
      'clang5 clang5-lib.dwo clang5-tree.dwo',
      [
        'Linux x86_64 F142886BC7620E84080478F75AF123110 clang5 6B8842F162C7840E080478F75AF1231186C2A7BB  ',
        '21 functions, 84 lines, 20 inlined calls, 6 public symbols, 23 unwind records; 2 units have their functions in files that were not found: tree.dwo, lib.dwo',
        '739f6628ef7cf1dc',
      ],
    ],
    [
      'clang5 clang5.dwp',
      [
        'Linux x86_64 F142886BC7620E84080478F75AF123110 clang5 6B8842F162C7840E080478F75AF1231186C2A7BB  ',
        '21 functions, 106 lines, 20 inlined calls, 6 public symbols, 23 unwind records',
        'beb9c2f30ef88d13',
      ],
    ],
    [
      'clang5 clang5-tree.dwo',
      [
        'Linux x86_64 F142886BC7620E84080478F75AF123110 clang5 6B8842F162C7840E080478F75AF1231186C2A7BB  ',
        '21 functions, 84 lines, 20 inlined calls, 6 public symbols, 23 unwind records; 2 units have their functions in files that were not found: tree.dwo, lib.dwo',
        '739f6628ef7cf1dc',
      ],
    ],
    [
      'clang5',
      [
        'Linux x86_64 F142886BC7620E84080478F75AF123110 clang5 6B8842F162C7840E080478F75AF1231186C2A7BB  ',
        '21 functions, 84 lines, 20 inlined calls, 6 public symbols, 23 unwind records; 2 units have their functions in files that were not found: tree.dwo, lib.dwo',
        '739f6628ef7cf1dc',
      ],
    ],
    [
      'clang5-whole',
      [
        'Linux x86_64 891F44111573CCC6F75F5755AF2978C20 clang5-whole 11441F897315C6CCF75F5755AF2978C24B594CE4  ',
        '21 functions, 106 lines, 20 inlined calls, 6 public symbols, 23 unwind records',
        'ed0e844b9ba2a79a',
      ],
    ],
    [
      'gcc4 gcc4-lib.dwo gcc4-tree.dwo',
      [
        'Linux x86_64 16A5EE882F655DDF9BD3A67B5E03B0660 gcc4 88EEA516652FDF5D9BD3A67B5E03B0666BEFBE2B  ',
        '20 functions, 147 lines, 0 inlined calls, 6 public symbols, 22 unwind records; 2 units have their functions in files that were not found: tree.dwo, lib.dwo',
        'ab7afb06b0da5ab7',
      ],
    ],
    [
      'gcc4 gcc4.dwp',
      [
        'Linux x86_64 16A5EE882F655DDF9BD3A67B5E03B0660 gcc4 88EEA516652FDF5D9BD3A67B5E03B0666BEFBE2B  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        '475bb3ef76614ec1',
      ],
    ],
    [
      'gcc4',
      [
        'Linux x86_64 16A5EE882F655DDF9BD3A67B5E03B0660 gcc4 88EEA516652FDF5D9BD3A67B5E03B0666BEFBE2B  ',
        '20 functions, 147 lines, 0 inlined calls, 6 public symbols, 22 unwind records; 2 units have their functions in files that were not found: tree.dwo, lib.dwo',
        'ab7afb06b0da5ab7',
      ],
    ],
    [
      'gcc4-whole',
      [
        'Linux x86_64 345326351172A236C2D1FD52DBCA70D80 gcc4-whole 35265334721136A2C2D1FD52DBCA70D807D82211  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        'c48299f8ff22a186',
      ],
    ],
    [
      'gcc5-whole',
      [
        'Linux x86_64 2AC83E8D27642723AA955BDDF5FD1F2E0 gcc5-whole 8D3EC82A64272327AA955BDDF5FD1F2ED7BA1A7E  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        '244a1896b9d5f297',
      ],
    ],
    [
      'lines-only',
      [
        'Linux x86_64 9C2A66114A582C40E85E3D446818366C0 lines-only 11662A9C584A402CE85E3D446818366CEFB1A1E6  ',
        '21 functions, 70 lines, 20 inlined calls, 0 public symbols, 21 unwind records',
        '424ebac38fd00b4d',
      ],
    ],
    [
      'one4 common4.dwz',
      [
        'Linux x86_64 345326351172A236C2D1FD52DBCA70D80 one4 35265334721136A2C2D1FD52DBCA70D807D82211  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        '947cec9595d2fb43',
      ],
    ],
    [
      'one4',
      [
        'Linux x86_64 345326351172A236C2D1FD52DBCA70D80 one4 35265334721136A2C2D1FD52DBCA70D807D82211  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records; names are missing that dwz moved to common4.dwz (build ID dbf63614b263349bfeb47c18fedf2204a0edf113), which was not found',
        '5964db3f87c58570',
      ],
    ],
    [
      'one5 common5.dwz',
      [
        'Linux x86_64 2AC83E8D27642723AA955BDDF5FD1F2E0 one5 8D3EC82A64272327AA955BDDF5FD1F2ED7BA1A7E  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records',
        '6fdcb667dd6f8cec',
      ],
    ],
    [
      'one5',
      [
        'Linux x86_64 2AC83E8D27642723AA955BDDF5FD1F2E0 one5 8D3EC82A64272327AA955BDDF5FD1F2ED7BA1A7E  ',
        '20 functions, 147 lines, 20 inlined calls, 6 public symbols, 22 unwind records; names are missing that dwz moved to common5.dwz (build ID babc338835a3e5357e0691e72f08fd243f5abbdd), which was not found',
        '740b06e615690fb1',
      ],
    ],
  ])('of the split program %s', async (names, lines) => {
    expect(await described(ofSplit(names))).toEqual(lines)
  })
})
