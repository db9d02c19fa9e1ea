// By which lists crashes are signed: the built-in ones or those of a directory, for each product's preset.
import { CrashError } from '../../shared/errors.ts'
import { defaultLists } from '../../shared/signature/default-lists.ts'
import { SignatureListError, type SignatureLists } from '../../shared/signature/lists.ts'
import { readLists } from '../../shared/signature/lists.node.ts'
import type { Preset } from '../products/products.ts'

/** Options of `generateSignature`, and what names them. */
export interface SignatureConfig {
  lists: SignatureLists
  presets: readonly string[]
  /** `<preset>-<8 hex digits>`, the digits those of the lists: a row tells by which lists it was signed. */
  version: string
}

/**
 * How crashes of each preset are signed.
 * @param directory lists in place of the built-in ones, in our format or in Socorro's; null: the built-in ones
 * @throws CrashError 'bad-config' naming file and line of a list that cannot be used
 */
export function openSignatureConfigs(
  directory: string | null = null,
): Readonly<Record<Preset, SignatureConfig>> {
  const signatureConfig = (preset: Preset): SignatureConfig => {
    const presets = preset === 'mozilla' ? ['mozilla'] : []
    const lists = directory === null ? defaultLists(presets) : readListsOrFail(directory, presets)
    return { lists, presets, version: `${preset}-${lists.version}` }
  }
  return { default: signatureConfig('default'), mozilla: signatureConfig('mozilla') }
}

/**
 * The lists of a directory that serve the presets; all if absent.
 * @throws CrashError 'bad-config' naming file and line
 */
export function readListsOrFail(directory: string, presets?: readonly string[]): SignatureLists {
  try {
    return readLists(directory, presets)
  } catch (error) {
    if (!(error instanceof SignatureListError)) throw error
    throw new CrashError('bad-config', error.message, { cause: error })
  }
}
