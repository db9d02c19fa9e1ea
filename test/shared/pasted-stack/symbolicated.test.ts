import { describe, expect, test } from 'vitest'
import {
  chosenByText,
  cleanDebugId,
  problemsOf,
  requestFor,
  symbolicatedText,
  viewOf,
} from '../../../shared/pasted-stack/symbolicated.ts'
import { parsePastedStack } from '../../../shared/pasted-stack/pasted-stack.ts'
import type { JobResult } from '../../../shared/symbolicate/answer.ts'

const id = 'D48F191186D67E69DF025AD71FB91E1F0'
const stack = parsePastedStack(
  `first line\n#1 0x55 (/opt/app+0x1234) (BuildId: 11198fd4d686697edf025ad71fb91e1f)\nother + 0x5\nHelper (GPU)+0x7`,
)

describe('a pasted stack', () => {
  test('asks for all frames; modules without an ID, or with a name that the API refuses, have none', () => {
    const chosen = chosenByText(stack)
    expect(chosen).toEqual([
      { debugFile: 'app', debugId: id },
      { debugFile: 'other', debugId: '' },
      { debugFile: 'Helper (GPU)', debugId: '' },
    ])
    chosen[2]!.debugId = id
    expect(requestFor(stack, chosen)).toEqual({
      memoryMap: [
        ['app', id],
        ['', ''],
        ['', ''],
      ],
      stacks: [
        [
          [0, 0x1234],
          [1, 5],
          [2, 7],
        ],
      ],
    })
    expect(problemsOf(chosen, null)).toEqual([
      null,
      null,
      'The API does not allow characters of its name or ID',
    ])
  })

  const frame = { frame: 0, module: 'app', module_offset: '0x1234' }
  const result: JobResult = {
    stacks: [
      [
        {
          ...frame,
          function: 'main(int , char * *)',
          function_offset: '0x1',
          file: 'git:github.com/o/r:src/main.c:abc',
          line: 3,
          inlines: [{ function: 'get', file: 'get.h' }],
        },
        { ...frame, module: '<unknown>' },
        { ...frame, module: '<unknown>' },
      ],
    ],
    found_modules: { [`app/${id}`]: true, '/': null },
  }

  test('shows functions below their lines, the innermost first', () => {
    const views = viewOf(stack, result)
    expect(views.map(({ functions }) => functions.map(({ name }) => name))).toEqual([
      [],
      ['get', 'main(int, char**)'],
      [],
      [],
    ])
    expect(views[1]!.functions[1]).toEqual({
      name: 'main(int, char**)',
      file: 'git:github.com/o/r:src/main.c:abc',
      line: 3,
      source: 'src/main.c:3',
      isInlined: false,
    })
    expect(symbolicatedText(views).split('\n').slice(2, 4)).toEqual([
      '      get  get.h  (inlined)',
      '      main(int, char**)  src/main.c:3',
    ])
  })

  test('is shown before the answer', () => {
    expect(viewOf(stack, null).map(({ text, isFrame }) => [text, isFrame])).toEqual(
      stack.lines.map((line, i) => [line, i > 0]),
    )
  })
})

test.each([
  ['d48f1911-86d6-7e69-df02-5ad71fb91e1f', id],
  ['{D48F1911-86D6-7E69-DF02-5AD71FB91E1F}', id],
  [`  ${id}\n`, id],
  ['D48F191186D67E69DF025AD71FB91E1FA2', 'D48F191186D67E69DF025AD71FB91E1FA2'],
  ['5F8599C48000', '5F8599C48000'],
])('the debug ID %j is used as %s', (text, debugId) => {
  expect(cleanDebugId(text)).toBe(debugId)
})
