// Requests of the symbolication API that are refused, with Eliot's texts; `eliot` is its status where it differs.
import { requestLimits } from '../../shared/symbolicate/request.ts'

/** A request that gets 400 with a `title`. */
export interface RefusedRequest {
  name: string
  version: 4 | 5
  body: string
  title: string
  /** Eliot's status where it has another answer. */
  eliot?: number
}

/** A job of a request. */
export const job = (memoryMap: unknown, stacks: unknown) => ({ memoryMap, stacks })
const abc = [['abc.so', 'ABC']]

/** Jobs and the reason why they are refused, after `job 0 `. */
const refusedJobs: readonly [name: string, job: unknown, reason: string][] = [
  ['a text', 'abc', 'is invalid'],
  ['a list', [], 'is invalid'],
  ['null', null, 'is invalid'],
  ['a number', 5, 'is invalid'],
  ['an object without members', {}, 'is invalid: no stacks specified'],
  ['an object without stacks', { modules: [['xul.so', 'ABCDE']] }, 'is invalid: no stacks specified'],
  ['an object without memoryMap', { stacks: [] }, 'is invalid: no memoryMap specified'],
  ['one with a number as modules', job(123, [[]]), 'has invalid modules: modules must be a list'],
  ['one with null as modules', job(null, [[]]), 'has invalid modules: modules must be a list'],
  ['one with an object as modules', job({}, [[]]), 'has invalid modules: modules must be a list'],
  ...([['abc'], [['abc']], [['a', 'b', 'c']], [{ 0: 'a', 1: 'b' }]] as const).map(
    (modules): [string, unknown, string] => [
      `one with the modules ${JSON.stringify(modules)}`,
      job(modules, [[]]),
      'has invalid modules: module index 0 does not have a debug_filename and debug_id',
    ],
  ),
  [
    'one with a bad second module',
    job([['abc', 'abc'], ['abc']], [[]]),
    'has invalid modules: module index 1 does not have a debug_filename and debug_id',
  ],
  ...['(', '[abc.so', 'a/b', 'ü', 'a\\b', 'a:b', 'a\n\n', null, 5].map((name): [string, unknown, string] => [
    `one with the debug file ${JSON.stringify(name)}`,
    job([[name, 'ABC']], [[]]),
    'has invalid modules: module index 0 has an invalid debug_filename',
  ]),
  ...['xyz', '  abc', 'AB-C', '0x1', null, 5].map((id): [string, unknown, string] => [
    `one with the debug ID ${JSON.stringify(id)}`,
    job([['abc.so', id]], [[]]),
    'has invalid modules: module index 0 has an invalid debug_id',
  ]),
  ['one with bad modules and stacks', job(5, 5), 'has invalid modules: modules must be a list'],
  ['one with a text as stacks', job([], 'abc'), 'has invalid stacks: stacks must be a list of lists'],
  ['one with an object as stacks', job([], {}), 'has invalid stacks: stacks must be a list of lists'],
  ['one without a stack', job([], []), 'has invalid stacks: no stacks specified'],
  ['one with a text as stack', job([], ['abc']), 'has invalid stacks: stack 0 is not a list'],
  ['one with a bad second stack', job([], [[], null]), 'has invalid stacks: stack 1 is not a list'],
  ...[0, 'ab', [0], [0, 1, 2], { 0: 0, 1: 0 }].map((frame): [string, unknown, string] => [
    `one with the frame ${JSON.stringify(frame)}`,
    job(abc, [[frame]]),
    'has invalid stacks: stack 0 frame 0 is not a list of two items',
  ]),
  ...['abc', null, 0.5, '0', [0]].map((index): [string, unknown, string] => [
    `one with the module index ${JSON.stringify(index)}`,
    job(abc, [[[index, 0]]]),
    'has invalid stacks: stack 0 frame 0 has an invalid module_index',
  ]),
  ...[-2, 1, 100, true].map((index): [string, unknown, string] => [
    `one with the module index ${index} of one module`,
    job(abc, [[[index, 0]]]),
    "has invalid stacks: stack 0 frame 0 has a module_index that isn't in modules",
  ]),
  ...['abc', -2, null, 1.5, '0x10', []].map((offset): [string, unknown, string] => [
    `one with the offset ${JSON.stringify(offset)}`,
    job(abc, [
      [[0, 1]],
      [
        [0, 1],
        [0, offset],
      ],
    ]),
    'has invalid stacks: stack 1 frame 1 has an invalid module_offset',
  ]),
]

const notJson = 'Payload is not valid JSON'
const tooManyJobs = 'please limit number of jobs in a single request to <= 10'
const tooMany = (what: 'modules' | 'stacks' | 'frames') =>
  `please limit number of ${what} in a single request to <= ${requestLimits[what]}`

/** Bodies of version 5 that are not a single job. */
const refusedBodies: readonly [name: string, body: string, title: string, eliot?: number][] = [
  ['an empty body', '', notJson],
  ['a form', 'data=wrongtype', notJson],
  ['unfinished JSON', '{"stacks":[[[0,1', notJson],
  ['a comma too many', '{"jobs":[],}', notJson],
  ['eleven jobs, all bad', JSON.stringify({ jobs: Array(11).fill(0) }), tooManyJobs],
  ['a long text as jobs', '{"jobs":"abcdefghijk"}', tooManyJobs],
  ['a text as jobs', '{"jobs":"ab"}', 'job 0 is invalid'],
  ['an object as jobs', '{"jobs":{"a":1}}', 'job 0 is invalid'],
  ['a number as jobs', '{"jobs":5}', 'jobs must be a list', 500],
  ['null as jobs', '{"jobs":null}', 'jobs must be a list', 500],
  ['the text jobs', '"jobs"', 'job 0 is invalid', 500],
  ['a list with jobs', '["jobs"]', 'job 0 is invalid', 500],
  ['many brackets', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'job 0 is invalid', 500],
  ['many brackets with a fraction', `${'['.repeat(100_000)}1.5${']'.repeat(100_000)}`, notJson, 500],
  [
    'a bad second job',
    JSON.stringify({ jobs: [job([], [[]]), { modules: [] }] }),
    'job 1 is invalid: no stacks specified',
  ],
  [
    'an offset with a zero fraction',
    '{"memoryMap":[["a","AB"]],"stacks":[[[0,1.0]]]}',
    'job 0 has invalid stacks: stack 0 frame 0 has an invalid module_offset',
  ],
  [
    'a module index with an exponent',
    '{"memoryMap":[["a","AB"]],"stacks":[[[0e0,1]]]}',
    'job 0 has invalid stacks: stack 0 frame 0 has an invalid module_index',
  ],
  [
    'too many modules',
    JSON.stringify(job(Array(requestLimits.modules + 1).fill(['', '']), [[]])),
    tooMany('modules'),
    200,
  ],
  [
    'too many stacks',
    JSON.stringify(job([], Array(requestLimits.stacks + 1).fill([]))),
    tooMany('stacks'),
    200,
  ],
  [
    'too many frames',
    JSON.stringify(job([], [Array(requestLimits.frames + 1).fill([-1, 1])])),
    tooMany('frames'),
    200,
  ],
]

const versions = [4, 5] as const

export const refusedRequests: readonly RefusedRequest[] = [
  ...versions.flatMap((version) =>
    refusedJobs.map(([name, value, reason]) => ({
      name: `version ${version}, as a job ${name}`,
      version,
      body: JSON.stringify(value),
      title: `job 0 ${reason}`,
      ...(version === 5 && (value === null || value === 5) ? { eliot: 500 } : {}),
    })),
  ),
  ...refusedBodies.map(([name, body, title, eliot]) => ({
    name: `version 5, ${name}`,
    version: 5 as const,
    body,
    title,
    ...(eliot === undefined ? {} : { eliot }),
  })),
  {
    name: 'version 4, a list of jobs',
    version: 4,
    body: '{"jobs":[]}',
    title: 'job 0 is invalid: no stacks specified',
  },
]
