import { describe, expect, test } from 'vitest'
import {
  batchSettings,
  credentials,
  edgeSettings,
  findUnknownSettings,
  isSecret,
  isSetting,
  serverSettings,
} from '../../shared/settings.ts'

describe('names in the environment', () => {
  test.each([
    ['CRASH_ID_KEYS', 'CRASH_ID_KEY'],
    ['CRASH_ID', 'CRASH_ID_KEY'],
    ['crash_id_key', 'CRASH_ID_KEY'],
    ['MAYDAY_CRASH_ID_KEY', 'CRASH_ID_KEY'],
    ['MAYDAY_POLCY', 'MAYDAY_POLICY'],
    ['MAYDAY_POLICY_FILE', 'MAYDAY_POLICY'],
    ['BUDGET_MBS', 'BUDGET_MB'],
    ['BUDGET', 'BUDGET_MB'],
    ['STORE_TIMEOUT', 'STORE_TIMEOUT_MS'],
    ['READ_TOKEN_FILE', 'READ_TOKEN'],
    ['RATES_PER_MINUTE', 'RATE_PER_MINUTE'],
    ['MAYDAY_PORT', 'PORT'],
    ['MAYDAY_ANYTHING', null],
  ])('%s looks like %s', (name, meant) => {
    expect(findUnknownSettings([name])).toEqual([{ name, meant }])
  })

  test('of settings and of other programs are left alone', () => {
    const others = [
      'PATH',
      'HOME',
      'HOSTNAME',
      'POSTGRES_URL',
      'PORTS',
      'GH_TOKEN',
      'NPM_TOKEN',
      'AUTH_TOKEN',
      'SHARED',
    ]
    const names = [
      ...edgeSettings,
      ...serverSettings,
      ...batchSettings,
      ...others,
      'constructor',
      '__proto__',
      '',
    ]
    expect(findUnknownSettings(names)).toEqual([])
  })
})

describe('settings', () => {
  const names = [...edgeSettings, ...serverSettings, ...batchSettings, ...credentials.map(({ name }) => name)]

  test('with keys and tokens are secret, others are not', () => {
    expect(names.every(isSetting)).toBe(true)
    const looksSecret = (name: string) =>
      /_(KEY|TOKEN|TOKENS|KEY_PREVIOUS|KEY_ID)$|^SMTP_URL$|_DESTINATIONS$/.test(name)
    expect(names.filter((name) => isSecret(name) !== looksSecret(name))).toEqual([])
  })

  test.each(['PATH', 'NODE_OPTIONS', 'AWS_PROFILE', '__proto__', ''])('do not include %j', (name) => {
    expect(isSetting(name)).toBe(false)
  })
})
