// Requests of the symbolication API and the answers to them. Without `function_size` and `module_errors` they are Eliot's,
// except that it names the module of `paths.pdb` by the last word of the INFO GENERATOR record.
import type { AnswerFrame } from '../../shared/symbolicate/answer.ts'
import type { ModuleError } from '../../shared/symbolicate/symbolicate.ts'
import { inlined, ntdll, other, paths, rules, testproj } from './symbolication-files.ts'
import { job } from './symbolication-refusals.ts'

/** A request with its answer. */
export interface AnsweredRequest {
  name: string
  version: 4 | 5
  body: string
  answer: unknown
}

const mainRs = '/home/willkg/projects/testproj/src/main.rs'
const helperRs = '/home/willkg/projects/testproj/src/helper.rs'
const outer = (offset: string) => ({
  function: 'testproj::main',
  function_offset: offset,
  function_size: '0x85',
  file: mainRs,
  line: 4,
})

/** One frame each: what symbolic's rules give for an address. */
const symbols: readonly (readonly [
  debugFile: string,
  id: string,
  offset: number,
  frame: Partial<AnswerFrame>,
])[] = [
  [
    'testproj',
    testproj,
    0x5380,
    { function: 'testproj::main', function_offset: '0x0', function_size: '0x44', file: mainRs, line: 1 },
  ],
  [
    'testproj',
    testproj,
    0x53c3,
    { function: 'testproj::main', function_offset: '0x43', function_size: '0x44', file: mainRs, line: 3 },
  ],
  ['testproj', testproj, 0x53c4, {}],
  ['testproj', testproj, 0x537f, {}],
  ['testproj', testproj, 0, {}],
  [
    'testproj',
    inlined,
    0x7a7a,
    {
      ...outer('0x3a'),
      inlines: [
        { function: 'testproj::helper::inner', file: helperRs, line: 7 },
        { function: 'testproj::helper::middle', file: helperRs, line: 2 },
      ],
    },
  ],
  [
    'testproj',
    inlined,
    0x7a89,
    {
      ...outer('0x49'),
      inlines: [
        {
          function: 'core::fmt::Arguments::new_v1',
          file: '/rustc/e092d0b6b43f2de967af0887873151bb1c0b18d3/library/core/src/fmt/mod.rs',
          line: 392,
        },
        { function: 'testproj::helper::middle', file: helperRs, line: 3 },
      ],
    },
  ],
  ['testproj', inlined, 0x7abd, { ...outer('0x7d'), line: 5 }],
  [
    'ntdll.pdb',
    ntdll,
    0x1008,
    { module: 'ntdll.dll', function: 'LdrpGetModuleName', function_offset: '0x0', function_size: '0x106' },
  ],
  ['ntdll.pdb', ntdll, 0x1110, { module: 'ntdll.dll' }],
  [
    'ntdll.pdb',
    ntdll,
    0x1130,
    { module: 'ntdll.dll', function: 'LdrQueryNextListEntry', function_offset: '0x10' },
  ],
  ['ntdll.pdb', ntdll, 0x12aa, { module: 'ntdll.dll' }],
  ['rules.so', rules, 0x50, {}],
  ['rules.so', rules, 0x1ff, { function: 'first', function_offset: '0xff' }],
  ['rules.so', rules, 0x200, { function: 'gaps', function_offset: '0x0', function_size: '0x40' }],
  [
    'rules.so',
    rules,
    0x20c,
    { function: 'gaps', function_offset: '0xc', function_size: '0x40', file: 'a.c', line: 11 },
  ],
  [
    'rules.so',
    rules,
    0x214,
    { function: 'gaps', function_offset: '0x14', function_size: '0x40', file: 'a.c', line: 11 },
  ],
  [
    'rules.so',
    rules,
    0x218,
    { function: 'gaps', function_offset: '0x18', function_size: '0x40', file: 'a.c' },
  ],
  [
    'rules.so',
    rules,
    0x23f,
    { function: 'gaps', function_offset: '0x3f', function_size: '0x40', file: 'a.c' },
  ],
  ['rules.so', rules, 0x240, { function: 'shared', function_offset: '0x0', function_size: '0x10' }],
  ['rules.so', rules, 0x250, {}],
  ['rules.so', rules, 0x260, { function: '<unknown>', function_offset: '0x0', function_size: '0x10' }],
  ['rules.so', rules, 0x280, {}],
  ['rules.so', rules, 0xffffffff, { function: 'last', function_offset: '0xfffffcff' }],
  ['rules.so', rules, 0x100000200, {}],
  [
    'paths.pdb',
    paths,
    0x10,
    { function: 'drive', function_offset: '0x0', function_size: '0x10', file: 'd:\\a\\c.cpp', line: 1 },
  ],
  [
    'paths.pdb',
    paths,
    0x20,
    {
      function: 'checkout',
      function_offset: '0x0',
      function_size: '0x10',
      file: 'hg:hg.mozilla.org/mozilla-central:mfbt/Assert.h:ab12',
      line: 2,
    },
  ],
  [
    'paths.pdb',
    paths,
    0x30,
    {
      function: 'parent',
      function_offset: '0x0',
      function_size: '0x10',
      file: '/build/glibc/sysdeps/clone.S',
      line: 3,
    },
  ],
]

const symbolRequests = symbols.flatMap(([file, id, offset, symbol]): AnsweredRequest[] => {
  const body = JSON.stringify(job([[file, id]], [[[0, offset]]]))
  const frame = { frame: 0, module: file, module_offset: `0x${offset.toString(16)}`, ...symbol }
  const results = [{ stacks: [[frame]], found_modules: { [`${file}/${id}`]: true } }]
  const text = `${frame.function ?? frame.module_offset} (in ${frame.module})`
  const name = `offset ${frame.module_offset} of ${file}`
  return [
    { name: `version 5, ${name}`, version: 5, body, answer: { results } },
    {
      name: `version 4, ${name}`,
      version: 4,
      body,
      answer: { symbolicatedStacks: [[text]], knownModules: [true] },
    },
  ]
})

const main = {
  function: 'testproj::main',
  function_offset: '0x0',
  function_size: '0x44',
  file: mainRs,
  line: 1,
}
const mainFrame = { module: 'testproj', module_offset: '0x5380', ...main }
const errors = (key: string, name: ModuleError['name'], message: string) => ({ [key]: [{ name, message }] })
const absent = (key: string) => errors(key, 'Missing', 'There are no symbols for this module')
const bare = (frame: number, module: string, module_offset: string) => ({ frame, module, module_offset })
const moduleOfVectors: [string, string] = ['testproj', testproj]
const key = `testproj/${testproj}`

/** Requests of version 5: the body, and the results. */
const answeredBodies: readonly [name: string, body: unknown, results: unknown[]][] = [
  ['no job', { jobs: [] }, []],
  ['an empty object as jobs', { jobs: {} }, []],
  ['an empty text as jobs', { jobs: '' }, []],
  ['a stack without frames', job([], [[]]), [{ stacks: [[]], found_modules: {} }]],
  [
    'a missing module, and one that no frame refers to',
    job(
      [
        ['gone', testproj],
        ['libc.so', '12345'],
      ],
      [
        [
          [0, 1000],
          [0, 1020],
        ],
      ],
    ),
    [
      {
        stacks: [[bare(0, 'gone', '0x3e8'), bare(1, 'gone', '0x3fc')]],
        found_modules: { [`gone/${testproj}`]: false, 'libc.so/12345': null },
        module_errors: absent(`gone/${testproj}`),
      },
    ],
  ],
  [
    'unknown modules and offsets',
    job(
      [moduleOfVectors, ['', ''], ['a', ''], ['', 'AB']],
      [
        [
          [-1, 1000],
          [0, -1],
          [1, 7],
          [2, 7],
          [3, 7],
          [-1, -1],
        ],
      ],
    ),
    [
      {
        stacks: [
          [
            bare(0, '<unknown>', '0x3e8'),
            bare(1, 'testproj', '-0x1'),
            bare(2, '<unknown>', '0x7'),
            bare(3, 'a', '0x7'),
            bare(4, '<unknown>', '0x7'),
            bare(5, '<unknown>', '-0x1'),
          ],
        ],
        found_modules: { [key]: true, '/': null, 'a/': null, '/AB': null },
      },
    ],
  ],
  [
    'booleans as numbers',
    job(
      [moduleOfVectors, ['a', '']],
      [
        [
          [true, true],
          [false, 21376],
          [false, false],
        ],
      ],
    ),
    [
      {
        stacks: [[bare(0, 'a', '0x1'), { frame: 1, ...mainFrame }, bare(2, 'testproj', '0x0')]],
        found_modules: { [key]: true, 'a/': null },
      },
    ],
  ],
  [
    'an ID in lower case, which the answer repeats',
    job([['testproj', testproj.toLowerCase()]], [[[0, 21376]]]),
    [{ stacks: [[{ frame: 0, ...mainFrame }]], found_modules: { [key.toLowerCase()]: true } }],
  ],
  [
    'two jobs, of which one refers to the module',
    {
      jobs: [job([moduleOfVectors], [[[0, 21376]], []]), job([moduleOfVectors, moduleOfVectors], [[]])],
      version: 5,
    },
    [
      { stacks: [[{ frame: 0, ...mainFrame }], []], found_modules: { [key]: true } },
      { stacks: [[]], found_modules: { [key]: true } },
    ],
  ],
  [
    'modules that cannot be used',
    job(
      [
        ['junk.so', other],
        ['wrong.so', other],
        ['gone.so', '00'],
        ['abc.so\n', 'ABC\n'],
      ],
      [
        [
          [0, 16],
          [1, 16],
          [2, 16],
          [3, 16],
        ],
      ],
    ),
    [
      {
        stacks: [
          [
            bare(0, 'junk.so', '0x10'),
            bare(1, 'wrong.so', '0x10'),
            bare(2, 'gone.so', '0x10'),
            bare(3, 'abc.so\n', '0x10'),
          ],
        ],
        found_modules: {
          [`junk.so/${other}`]: false,
          [`wrong.so/${other}`]: false,
          'gone.so/00': false,
          'abc.so\n/ABC\n': false,
        },
        module_errors: {
          ...errors(
            `junk.so/${other}`,
            'Malformed',
            'The symbol file cannot be used: it has no valid record',
          ),
          ...errors(
            `wrong.so/${other}`,
            'WrongId',
            `The symbol file cannot be used: it is of another module, with debug ID ${testproj}`,
          ),
          ...absent('gone.so/00'),
          ...absent('abc.so\n/ABC\n'),
        },
      },
    ],
  ],
  [
    'names that are in use elsewhere',
    job(
      [
        ['<unknown>', '0'.repeat(33)],
        ['{e824f0e4-72f7}.xpi', '1'],
        ['__proto__', 'AB'],
        ['constructor', 'AB'],
        ['Font Awesome 5 Free-Solid-900.otf', '1'],
        ['libgallium-24.2.8-1~bpo12+rpt1.so', '1'],
        ['a@b', '1'],
      ],
      [[[-1, 0]]],
    ),
    [
      {
        stacks: [[bare(0, '<unknown>', '0x0')]],
        found_modules: Object.fromEntries(
          [
            `<unknown>/${'0'.repeat(33)}`,
            '{e824f0e4-72f7}.xpi/1',
            '__proto__/AB',
            'constructor/AB',
            'Font Awesome 5 Free-Solid-900.otf/1',
            'libgallium-24.2.8-1~bpo12+rpt1.so/1',
            'a@b/1',
          ].map((name) => [name, null]),
        ),
      },
    ],
  ],
]

export const answeredRequests: readonly AnsweredRequest[] = [
  ...symbolRequests,
  ...answeredBodies.map(
    ([name, body, results]): AnsweredRequest => ({
      name: `version 5, ${name}`,
      version: 5,
      body: JSON.stringify(body),
      answer: { results },
    }),
  ),
  {
    name: 'version 5, offsets beyond 2^53 exactly',
    version: 5,
    body: `{"memoryMap":[["testproj","${testproj}"]],"stacks":[[[0,18446744073709551617],[-1,9007199254740993]]]}`,
    answer: {
      results: [
        {
          stacks: [[bare(0, 'testproj', '0x10000000000000001'), bare(1, '<unknown>', '0x20000000000001')]],
          found_modules: { [key]: true },
        },
      ],
    },
  },
  {
    name: 'version 4, known, missing and unused modules',
    version: 4,
    body: JSON.stringify({
      ...job(
        [moduleOfVectors, ['gone', testproj], ['libc.so', '12345'], ['', '']],
        [
          [
            [0, 21376],
            [1, 1000],
          ],
          [
            [3, 5],
            [-1, -1],
          ],
        ],
      ),
      version: 4,
    }),
    answer: {
      symbolicatedStacks: [
        ['testproj::main (in testproj)', '0x3e8 (in gone)'],
        ['0x5 (in <unknown>)', '-0x1 (in <unknown>)'],
      ],
      knownModules: [true, false, null, null],
    },
  },
]
