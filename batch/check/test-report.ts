// The test crash: a report that is made for one check, and recognized by its mark.
import { randomBytes } from 'node:crypto'
import { debugIdOfBuildId } from '../../shared/debug-files/identity.ts'
import { checkVendor } from '../../shared/fields/simulated.ts'
import { type SubmissionRequest, encodeSubmission } from '../exchange/client-requests.ts'
import { makeMinidump } from '../simulate/dump.ts'

/** Of test crashes, unless the policy accepts no other than certain products. */
export const checkProduct = 'MaydayCheck'

const debugFile = 'mayday-check'
export const crashFunction = 'mayday_check::crash_on_purpose'
/** Offsets of the two frames in the module. */
const places = [0x1010, 0x1210] as const

export interface TestReport {
  /** 32 hexadecimal digits, in a protected field of the crash and nowhere else. */
  mark: string
  product: string
  annotations: Readonly<Record<string, string>>
  request: SubmissionRequest
  symbols: TestSymbols
}

export interface TestSymbols {
  debugFile: string
  debugId: string
  /** In a symbol store. */
  path: string
  /** A symbol file, whose functions the stack of the test crash contains. */
  text: string
  /** An offset in `crashFunction`. */
  offset: number
}

/** Every report differs from all earlier ones: other bytes, another module. */
export function makeTestReport(product: string): TestReport {
  const mark = randomBytes(16).toString('hex')
  const buildId = randomBytes(16)
  const annotations = {
    ProductName: product,
    Version: '0',
    Vendor: checkVendor,
    // Policies that sample accept it always.
    Throttleable: '0',
    URL: `https://mayday-check.invalid/${mark}`,
  }
  const dump = makeMinidump({
    os: 'linux',
    modules: [{ name: `/opt/${debugFile}`, id: buildId.toString('hex') }],
    threads: [places.map((offset) => ({ module: 0, offset }))],
    address: 0n,
  })
  const request = encodeSubmission({ client: 'breakpad', annotations, dump })
  return { mark, product, annotations, request, symbols: symbolsOf(debugIdOfBuildId(buildId)) }
}

function symbolsOf(debugId: string): TestSymbols {
  const text = `MODULE Linux x86_64 ${debugId} ${debugFile}
FILE 0 check.cc
FUNC 1000 100 0 ${crashFunction}()
1000 100 7 0
FUNC 1200 100 0 mayday_check::main()
1200 100 21 0
`
  const path = `${debugFile}/${debugId}/${debugFile}.sym`
  return { debugFile, debugId, path, text, offset: places[0] }
}
