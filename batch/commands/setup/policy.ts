// `mayday policy check|explain|put|schema`: checks a throttle policy, explains its decisions, stores it.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { identifyReport } from '../../../shared/crash-id.ts'
import { CrashError } from '../../../shared/errors.ts'
import { removeAnnotations } from '../../../shared/report/raw-crash.ts'
import {
  type EvaluatedCondition,
  type EvaluatedRule,
  explainPolicy,
  type PossibleVerdict,
} from '../../../shared/throttle/explain.ts'
import { type Policy, parsePolicy, policySchema, removedBy } from '../../../shared/throttle/policy.ts'
import { presets } from '../../../shared/throttle/presets.ts'
import { resolveProduct } from '../../../shared/throttle/product.ts'
import { type ThrottleResult, throttle } from '../../../shared/throttle/throttle.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, visible } from '../../cli/output.ts'
import { readConfig } from '../../config.ts'
import { type ReceivedReport, readReceivedReport } from '../../exchange/received-report.ts'
import { openStore } from '../../lake/open-store.ts'
import { writePolicy } from '../../local/first-folder.ts'

interface Options extends StoreOptions {
  at?: Date
  json?: true
}

const presetNames = Object.keys(presets).join(', ')

const policyArgument = `policy file, or a preset: ${presetNames}`

export function build(command: Command): void {
  buildCheck(command.command('check'))
  buildExplain(command.command('explain'))
  addStoreOption(command.command('put'))
    .description('check a policy and write it to the store; every edge uses it within a minute')
    .argument('<policy>', policyArgument)
    .option('--json', 'print the report as JSON')
    .action(put)
  command
    .command('schema')
    .description('print the JSON Schema of policies')
    .action(() => void process.stdout.write(`${JSON.stringify(policySchema(), null, 2)}\n`))
  command.addHelpText(
    'after',
    `
Examples:
  mayday policy check policy.json
  mayday policy explain mozilla extra.json
  mayday policy put policy.json --store file:./data
  mayday policy schema > policy.schema.json`,
  )
}

function buildCheck(command: Command): void {
  command
    .description('check that a policy is valid; exit code 1 when it is not')
    .argument('<policy...>', policyArgument)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  mayday policy check policy.json\n')
    .action(checkAll)
}

function buildExplain(command: Command): void {
  addStoreOption(
    command
      .description('explain which rule decides on a report, and why')
      .argument('<policy>', policyArgument)
      .argument(
        '<report>',
        'crash ID of the store, or a file: stored report, body, annotations as JSON; - for stdin',
      ),
  )
    .option('--at <TIME>', 'evaluate as of this time (now)', parseTime)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Follows both branches of every draw. With CRASH_ID_KEY and a report that has files, also prints the verdict of an edge
with that key.

Examples:
  mayday policy explain mozilla extra.json
  mayday policy explain policy.json bp-5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021 --store r2:local
`,
    )
    .action(explain)
}

function parseTime(text: string): Date {
  const time = new Date(text)
  if (Number.isNaN(time.getTime()))
    throw new CrashError('bad-usage', `--at must be a time like 2026-11-23T14:00:00Z, not '${text}'`)
  return time
}

async function put(name: string, options: Options): Promise<void> {
  const policy = await loadPolicy(name)
  await using open = await openStore(options, { missing: 'create' })
  await writePolicy(open.stores.crashes, policy)
  const text = `Stored the policy ${visible(policy.name)} with ${policy.rules.length} rules.\n`
  printResult(options, { report: { name: policy.name, rules: policy.rules.length }, text })
}

/** @throws CrashError 'missing', 'bad-policy' */
async function loadPolicy(name: string): Promise<Policy> {
  if (Object.hasOwn(presets, name)) return presets[name as keyof typeof presets]
  let text: string
  try {
    text = await readFile(name, 'utf8')
  } catch (error) {
    throw new CrashError(
      'missing',
      `Cannot read ${name}, which is not a preset (${presetNames}) either: ${(error as Error).message}`,
    )
  }
  try {
    return parsePolicy(JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CrashError('bad-policy', `${name} is not JSON: ${error.message}`, { cause: error })
  }
}

async function checkAll(names: string[], { json }: Options): Promise<void> {
  for (const name of names) {
    const policy = await loadPolicy(name)
    const warnings = warningsOf(policy)
    const report = { policy: policy.name, rules: policy.rules.length, products: policy.products, warnings }
    if (json) process.stdout.write(`${JSON.stringify({ file: name, ...report })}\n`)
    else {
      const products = policy.products.length > 0 ? policy.products.join(', ') : 'all products'
      process.stdout.write(`${name}: policy ${policy.name}, ${policy.rules.length} rules, ${products}\n`)
      for (const warning of warnings) process.stdout.write(`  ${warning}\n`)
    }
  }
}

/** Valid, but probably unintended. */
function warningsOf({ rules }: Policy): string[] {
  const last = rules.findIndex(({ when, verdict }) => when.kind === 'always' && isFinal(verdict))
  if (last < 0) return ['Reports that no rule decides are rejected (NO_MATCH).']
  const never = rules.slice(last + 1).map(({ name }) => name)
  return never.length > 0 ? [`No report reaches ${never.join(', ')}: ${rules[last]!.name} matches all.`] : []
}

const isFinal = (verdict: EvaluatedRule['verdict']) =>
  typeof verdict === 'string' || (verdict.pass !== 'continue' && verdict.miss !== 'continue')

async function explain(policyName: string, reportName: string, options: Options): Promise<void> {
  const policy = await loadPolicy(policyName)
  const report = await readReceivedReport(reportName, async (work) => {
    await using open = await openStore(options)
    return await work(open.stores.crashes)
  })
  const now = options.at ?? new Date()
  const annotations = resolveProduct(Object.fromEntries(report.annotations))
  const explained = {
    policy: policy.name,
    at: isoTime(now),
    product: annotations.ProductName ?? null,
    version: annotations.Version ?? null,
    ...explainPolicy(policy, annotations, now),
    verdict: drawnVerdict(policy, report, annotations, now),
  }
  process.stdout.write(options.json ? `${JSON.stringify(explained)}\n` : visible(reportText(explained)))
}

/** The verdict on this report; null without the key of the draws, or without files to draw from. */
function drawnVerdict(
  policy: Policy,
  { files }: ReceivedReport,
  annotations: Readonly<Record<string, unknown>>,
  now: Date,
): ThrottleResult | null {
  const key = readConfig().crashIdKey
  if (key === null || !files?.some(({ size }) => size > 0)) return null
  const { kept } = removeAnnotations(annotations, removedBy(policy))
  const { draw } = identifyReport({ dumps: files, annotations: kept, key, hmac: nodeCodecs.hmacSha256 })
  return throttle(policy, annotations, { now, draw })
}

interface PolicyExplanation {
  policy: string
  at: string
  product: unknown
  version: unknown
  rules: EvaluatedRule[]
  outcomes: PossibleVerdict[]
  verdict: ThrottleResult | null
}

function reportText({ policy, at, product, version, rules, outcomes, verdict }: PolicyExplanation): string {
  const lines = [`Policy ${policy} at ${at}: product ${nameOf(product)}, version ${nameOf(version)}`, '']
  for (const { rule, finding, verdict: then } of rules) {
    lines.push(`${finding.holds ? '✓' : '·'} ${rule}${finding.holds ? `: ${verdictText(then)}` : ''}`)
    lines.push(...findingLines(finding, '    '))
  }
  lines.push('', ...outcomes.map(outcomeText))
  if (verdict)
    lines.push(`This report: ${verdict.result} by ${verdict.rule}, representing ${round(verdict.weight)}`)
  return `${lines.join('\n')}\n`
}

/** A value sent by the client: text unchanged, other values as JSON. */
function nameOf(value: unknown): string {
  if (value === null) return 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function verdictText(verdict: EvaluatedRule['verdict']): string {
  if (typeof verdict === 'string') return verdict
  return `${verdict.percent} % ${verdict.pass}, the others ${verdict.miss}`
}

function findingLines({ text, holds, of }: EvaluatedCondition, indent: string): string[] {
  const own = `${indent}${holds ? 'yes' : 'no '}  ${text}`
  return [own, ...(of ?? []).flatMap((part) => findingLines(part, `${indent}  `))]
}

function outcomeText({ result, rule, percent, weight }: PossibleVerdict): string {
  const kept = result === 'accept' || result === 'defer'
  return `${round(percent)} % ${result} by ${rule}${kept ? `, each representing ${round(weight)}` : ''}`
}

const round = (value: number) => Math.round(value * 100) / 100
