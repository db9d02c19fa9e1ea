// What is wrong with a setting of batch.
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'

describe('a setting of batch', () => {
  test.each([
    ['BUG_TOKENS', 'token', 'must have the form HOST=TOKEN HOST=TOKEN'],
    [
      'ALERT_DESTINATIONS',
      'team=fax:1',
      'must have the form NAME=KIND:TARGET, separated by spaces: json:, slack: and teams: with an https address, mail: with e-mail addresses separated by commas; each name once',
    ],
    ['SMTP_URL', 'https://x', 'must have the form smtps://USER:PASSWORD@HOST or smtp://HOST:PORT'],
    ['MAIL_FROM', 'nobody', 'must be an e-mail address'],
    ['DASHBOARD_URL', 'ftp://x', 'must be the https or http address of the dashboard'],
    ['LAKE_LOCATION', 'here', 'must be the address of the bucket lake, such as s3://mayday-lake'],
    ['MAYDAY_DUCKDB_MEMORY', 'much', 'must have the form 768MB'],
    ['MAYDAY_SYMBOL_DAYS', '0', 'must be a number from 1 to 36500'],
  ])('%s may not be %s', (name, value, problem) => {
    expect(() => readConfig({ [name]: value })).toThrow(`${name} ${problem}`)
  })
})
