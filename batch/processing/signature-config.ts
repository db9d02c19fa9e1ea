// Signature lists: the built-in ones or those of a directory, by the preset of the product.
import { CrashError } from '../../shared/errors.ts'
import { defaultLists } from '../../shared/signature/default-lists.ts'
import { type Compat, SignatureListError, type SignatureLists } from '../../shared/signature/lists.ts'
import { readLists } from '../../shared/signature/lists.node.ts'
import { type Preset, usualCompat } from '../products/product-file.ts'

/** Options of `generateSignature`, and their version. */
export interface SignatureConfig {
  lists: SignatureLists
  presets: readonly string[]
  compat: Compat
  /**
   * `<preset>-<8 hex digits>`, a hash of the lists, and `-<compat>` if it is not the preset's; stored with each crash.
   */
  version: string
}

/**
 * Opens the signature configuration of each preset.
 * @param directory replaces the built-in lists; in Mayday's format or Socorro's; null: the built-in ones
 * @throws CrashError 'bad-config' with file and line of an invalid list
 */
export function openSignatureConfigs(
  directory: string | null = null,
): Readonly<Record<Preset, SignatureConfig>> {
  const signatureConfig = (preset: Preset): SignatureConfig => {
    const presets = preset === 'mozilla' ? ['mozilla'] : []
    const lists = directory === null ? defaultLists(presets) : readListsOrFail(directory, presets)
    return { lists, presets, compat: usualCompat(preset), version: `${preset}-${lists.version}` }
  }
  return { default: signatureConfig('default'), mozilla: signatureConfig('mozilla') }
}

/** The configuration of a preset for products with this `compat`. */
export const withCompat = (config: SignatureConfig, compat: Compat): SignatureConfig =>
  compat === config.compat ? config : { ...config, compat, version: `${config.version}-${compat}` }

/**
 * Reads the lists of a directory for the given presets. Default: all.
 * @throws CrashError 'bad-config' with file and line
 */
export function readListsOrFail(directory: string, presets?: readonly string[]): SignatureLists {
  try {
    return readLists(directory, presets)
  } catch (error) {
    if (!(error instanceof SignatureListError)) throw error
    throw new CrashError('bad-config', error.message, { cause: error })
  }
}
