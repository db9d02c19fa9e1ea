// `mayday tokens`: who has access to protected data and operations.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AuditEvent } from '../../../shared/access/audit.ts'
import { type Permission, permissionNames, permissions } from '../../../shared/access/permissions.ts'
import { type StoredToken, tokenIdOf, tokenLabel } from '../../../shared/access/tokens.ts'
import { check } from '../../../shared/json/schema.ts'
import { lastUseKey } from '../../../shared/keys.ts'
import { dayMs, isDate, startOfDate } from '../../../shared/time/dates.ts'
import type { Millis } from '../../../shared/units.ts'
import { heldToken, listHeldTokens } from '../../access/audit-report.ts'
import { recordEvents } from '../../access/command-audit.ts'
import { issueToken, tokenEvent } from '../../access/issue-token.ts'
import {
  type NewToken,
  type Rotation,
  withoutTokens,
  withRotated,
  withToken,
} from '../../access/token-changes.ts'
import { changeTokens } from '../../access/token-store.ts'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { textTable } from '../../cli/text-table.ts'
import { openStore } from '../../lake/open-store.ts'

interface Options extends Pick<StoreOptions, 'store'> {
  json?: true
}

interface AddOptions extends Options {
  label: string
  permissions: Permission[]
  products?: string[]
  /** Null: never. */
  expires: Date | null
}

interface RotateOptions extends Options {
  keep: Millis
  expires?: Date | null
}

export function build(command: Command): void {
  buildAdd(command.command('add'))
  addStoreOption(command.command('list'))
    .description('list the tokens: labels, permissions, expiry, last use')
    .option('--json', 'print them as JSON')
    .action(list)
  buildRotate(command.command('rotate'))
  addStoreOption(command.command('revoke'))
    .description('revoke tokens; the edge refuses them within 30 seconds')
    .argument('<label|id...>', 'labels, or ids of single tokens')
    .option('--json', 'print the report as JSON')
    .action(revoke)
  const width = Math.max(...permissionNames.map((name) => name.length))
  const lines = permissionNames.map((name) => `  ${name.padEnd(width)}  ${permissions[name].doc}`)
  command.addHelpText(
    'after',
    `
Permissions:
${lines.join('\n')}

A token is printed once; the store keeps its SHA-256. Clients send it as "Auth-Token: TOKEN" or "Authorization: Bearer
TOKEN". Every change is recorded in the audit. See docs/protected-data.md.

Examples:
  mayday tokens add --label ann@example.org --permissions view_pii,view_rawdump --expires 90d
  mayday tokens rotate ci --keep 7d
  mayday tokens revoke ann@example.org`,
  )
}

function buildAdd(command: Command): void {
  addStoreOption(command)
    .description('add a token and print it, once')
    .requiredOption('--label <NAME>', 'who holds it, for lists and the audit', readLabel)
    .requiredOption('--permissions <P,…>', 'what it may do: see mayday tokens --help', readPermissions)
    .option('--products <A,B>', 'only for crashes of these products (default: all)', readNames)
    .addOption(
      new Option('--expires <WHEN>', '90d, 12h, a date, or never')
        .argParser(readExpiry)
        .default(readExpiry('365d'), '365d'),
    )
    .option('--json', 'print the token and its properties as JSON')
    .action(add)
}

function buildRotate(command: Command): void {
  addStoreOption(command)
    .description('print another token for a label; the present one stays valid for a while')
    .argument('<label>', 'the label of the token')
    .addOption(
      new Option('--keep <TIME>', 'how long the present token stays valid: 0h, 12h, 7d')
        .argParser(readTime)
        .default(dayMs, '1d'),
    )
    .option('--expires <WHEN>', 'as for add (default: the lifetime of the present token)', readExpiry)
    .option('--json', 'print the token and its properties as JSON')
    .action(rotate)
}

function readLabel(text: string): string {
  const { data, problems } = check(tokenLabel, text)
  if (problems) throw new InvalidArgumentError(problems[0])
  return data
}

const readNames = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

function readPermissions(text: string): Permission[] {
  const names = readNames(text)
  const isKnown = (name: string): name is Permission => permissionNames.includes(name as Permission)
  const unknown = names.filter((name) => !isKnown(name))
  if (unknown.length > 0 || names.length === 0)
    throw new InvalidArgumentError(
      `${unknown.length > 0 ? `${unknown.join(', ')} is none. ` : ''}Permissions are ${permissionNames.join(', ')}`,
    )
  return names.filter(isKnown)
}

/** `90d` or `12h`. */
function readTime(text: string): Millis {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be a time like 90d or 12h')
  return Number(count) * (unit === 'd' ? dayMs : dayMs / 24)
}

/** Null: never. */
function readExpiry(text: string): Date | null {
  if (text === 'never') return null
  const at = isDate(text) ? startOfDate(text) : Date.now() + readTime(text)
  if (at > Date.now()) return new Date(at)
  throw new InvalidArgumentError('It must be in the future: a time like 90d or 12h, a date, or never')
}

async function add({ label, permissions: held, products, expires, ...options }: AddOptions): Promise<void> {
  const wanted: NewToken = {
    ...{ label, permissions: held },
    ...(products && { products }),
    ...(expires && { expiresAt: expires }),
  }
  await issue(options, 'add_token', (tokens, secret, now) => withToken(tokens, secret, { wanted, now }))
}

async function rotate(label: string, { keep, expires, ...options }: RotateOptions): Promise<void> {
  await issue(options, 'rotate_token', (tokens, secret, now) => {
    const rotation: Rotation = { label, keep, now, ...(expires !== undefined && { expiresAt: expires }) }
    return withRotated(tokens, secret, rotation)
  })
}

/** Adds a token as the last one, and prints it. */
async function issue(
  options: Options,
  action: AuditEvent['action'],
  change: (tokens: readonly StoredToken[], secret: string, now: Date) => StoredToken[],
): Promise<void> {
  await using open = await openStore(options, { missing: action === 'add_token' ? 'create' : 'refuse' })
  const now = new Date()
  const { secret, token } = await issueToken(open.stores.crashes, {
    action,
    change: (tokens, secret) => change(tokens, secret, now),
    now,
  })
  const { findings: _, ...shown } = heldToken(token, undefined, now)
  const until = shown.expires_at === null ? 'does not expire' : `expires on ${shown.expires_at.slice(0, 10)}`
  if (!options.json)
    process.stderr.write(`Token ${shown.id} of ${shown.label}; it ${until}, and is not shown again:\n`)
  printResult(options, { report: { token: secret, ...shown }, text: `${secret}\n` })
}

async function revoke(names: readonly string[], options: Options): Promise<void> {
  await using open = await openStore(options)
  const { crashes } = open.stores
  const now = new Date()
  let revoked: StoredToken[] | undefined
  await changeTokens(crashes, async (tokens) => {
    const result = withoutTokens(tokens, names)
    const events = result.revoked.map((token) => tokenEvent('revoke_token', token))
    if (!revoked) await recordEvents(crashes, events, now)
    revoked = result.revoked
    return result.left
  })
  const ids = revoked!.map((token) => ({ label: token.label, id: tokenIdOf(token) }))
  await crashes.delete(ids.map(({ id }) => lastUseKey(id)))
  const text = ids.map(({ label, id }) => `Revoked ${label} (${id}).\n`).join('')
  printResult(options, { report: { revoked: ids }, text })
}

async function list(options: Options): Promise<void> {
  await using open = await openStore(options)
  const tokens = await listHeldTokens(open.stores.crashes, new Date())
  const names = ['label', 'id', 'permissions', 'products', 'created', 'expires', 'last used', 'findings']
  const rows = tokens.map((token) => [
    ...[token.label, token.id, token.permissions.join(','), token.products?.join(',') ?? 'all'],
    ...[token.created_at.slice(0, 10), token.expires_at?.slice(0, 16).replace('T', ' ') ?? 'never'],
    ...[token.last_used ?? 'never', token.findings.join(', ')],
  ])
  const text = textTable(
    names,
    rows,
    names.map(() => false),
  )
  printResult(options, { report: { tokens }, text })
}
