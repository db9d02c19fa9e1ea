// The folder of a first deployment: settings, policy, product file, store.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Permission } from '../../shared/access/permissions.ts'
import { CrashError } from '../../shared/errors.ts'
import { policyKey } from '../../shared/keys.ts'
import { makeFolder } from '../../shared/make-folder.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Policy } from '../../shared/throttle/policy.ts'
import { presets } from '../../shared/throttle/presets.ts'
import { dayMs } from '../../shared/time/dates.ts'
import { issueToken } from '../access/issue-token.ts'
import { withToken } from '../access/token-changes.ts'
import { defaultRetention } from '../products/product-file.ts'
import { productOf } from '../products/products.ts'
import { settingsFile } from '../settings-file.ts'

const policyFile = 'policy.json'
const storeFolder = 'data'
const firstPermissions: Permission[] = ['view_pii', 'view_rawdump', 'run_custom_queries', 'upload_symbols']
const firstLifetime = 365 * dayMs

/** What was made, relative to the folder. */
export interface FirstFolder {
  files: string[]
  /** Label of the token, which is in the settings file. */
  holder: string
}

/**
 * Makes a policy that accepts everything, a product file, a store with the policy and a token, and the settings file.
 * @throws CrashError 'bad-usage' when one of them exists: nothing is written
 */
export async function makeFirstFolder(folder: string, product: string): Promise<FirstFolder> {
  const { slug } = productOf(product, new Map())
  const productFile = join('products', `${slug}.json`)
  const taken = [settingsFile, policyFile, productFile, storeFolder].filter((name) =>
    existsSync(join(folder, name)),
  )
  if (taken.length > 0)
    throw new CrashError(
      'bad-usage',
      `${taken.join(', ')} exists in ${folder}, and init overwrites nothing: choose another folder`,
    )
  const policy = presets['accept-all']
  await writeNew(join(folder, policyFile), json(policy))
  await writeNew(join(folder, productFile), json(firstProduct(product)))
  const holder = 'first'
  const token = await prepareStore(join(folder, storeFolder), policy, holder)
  // Last: with it the folder is complete.
  await writeNew(join(folder, settingsFile), settingsText(token), 0o600)
  return { files: [settingsFile, policyFile, productFile, `${storeFolder}/`], holder }
}

/** Every edge over the store uses it within a minute. @param crashes the bucket `crashes` */
export async function writePolicy(crashes: Storage, policy: Policy): Promise<void> {
  await crashes.put(policyKey, new TextEncoder().encode(json(policy)), { contentType: 'application/json' })
}

/** Returns the token. */
async function prepareStore(folder: string, policy: Policy, label: string): Promise<string> {
  const { stores, close } = await openStores(`file:${folder}`, {})
  try {
    await writePolicy(stores.crashes, policy)
    const now = new Date()
    const wanted = {
      ...{ label, permissions: firstPermissions },
      expiresAt: new Date(now.getTime() + firstLifetime),
    }
    const { secret } = await issueToken(stores.crashes, {
      action: 'add_token',
      change: (tokens, secret) => withToken(tokens, secret, { wanted, now }),
      now,
    })
    return secret
  } finally {
    await close()
  }
}

/** With the retention written out: it is what most operators change. */
const firstProduct = (name: string) => ({
  name,
  description: '',
  channels: ['release', 'beta', 'nightly'],
  featured_versions: ['auto'],
  retention: defaultRetention,
})

const settingsText = (
  token: string,
) => `# Settings of Mayday, which every command reads in this folder. They hold secrets.
# The secret from which crash IDs are derived: keep it, or a report that is sent twice counts twice.
CRASH_ID_KEY=${randomBytes(32).toString('hex')}
MAYDAY_STORE=file:./${storeFolder}
MAYDAY_PRODUCTS=./products
# For \`mayday sql --server\`, and to see protected data in the dashboard. Permissions: ${firstPermissions.join(', ')}.
MAYDAY_TOKEN=${token}
`

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

async function writeNew(path: string, text: string, mode = 0o644): Promise<void> {
  makeFolder(dirname(path))
  await writeFile(path, text, { flag: 'wx', mode })
}
