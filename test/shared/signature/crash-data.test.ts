import { describe, expect, test } from 'vitest'
import { crashDataFrom } from '../../../shared/signature/crash-data.ts'

describe('crashDataFrom', () => {
  test('extracts the input of the rules from a processed crash', () => {
    const threads = [{ frames: [{ function: 'foo' }] }]
    const processed = {
      signature: 'old',
      stack_key: '00112233445566ff',
      hang: 'ui',
      oom_allocation_size: '300000',
      abort_message: 'hi',
      mdsw_status_string: 'OK',
      additional_minidumps: ['upload_file_minidump_browser'],
      java_stack_trace: 'A.B',
      json_dump: {
        crash_info: { crashing_thread: 2, type: 'SIGSEGV' },
        system_info: { os: 'Linux' },
        threads,
      },
    }
    expect(crashDataFrom(processed)).toEqual({
      hang: 'ui',
      oom_allocation_size: 300000,
      js_large_allocation_failure: null,
      abort_message: 'hi',
      mdsw_status_string: 'OK',
      async_shutdown_timeout: null,
      ipc_channel_error: null,
      ipc_message_name: null,
      additional_minidumps: ['upload_file_minidump_browser'],
      original_signature: 'old',
      stack_key: '00112233445566ff',
      crashing_thread: 2,
      reason: 'SIGSEGV',
      threads,
      os: 'Linux',
      java_stack_trace: 'A.B',
    })
  })

  test('uses null for missing and unexpected values', () => {
    const data = crashDataFrom({
      oom_allocation_size: 'many',
      json_dump: { crash_info: [], system_info: 'x' },
    })
    expect(data).toMatchObject({
      oom_allocation_size: null,
      crashing_thread: null,
      reason: null,
      threads: null,
      os: null,
    })
    expect(crashDataFrom({})).not.toHaveProperty('threads')
  })
})
