// The names of exceptions, signals and their codes, from the JSON files beside this one.
import { type Names, namesOf } from '../format.ts'
import linux from './linux.json' with { type: 'json' }
import mac from './mac.json' with { type: 'json' }
import ntStatusNames from './nt-statuses.json' with { type: 'json' }
import win32ErrorNames from './win32-errors.json' with { type: 'json' }
import windows from './windows.json' with { type: 'json' }

/** Builds a large table on first use. */
function lazily(table: Readonly<Record<string, string>>): () => Names {
  let names: Names | null = null
  return () => {
    names ??= namesOf(table)
    return names
  }
}

/** SEH exception codes by the names used in reports. */
export const windowsExceptions = namesOf(windows.exceptions)
/** Codes that runtimes and engines raise themselves. */
export const applicationExceptions = namesOf(windows.applications)
/** The operation that an access violation or in-page error attempted, by its first parameter. */
export const accessKinds = namesOf(windows.accessKinds)
/** Facilities whose codes carry a Win32 error in their low 16 bits. */
export const facilities = namesOf(windows.facilities)
/** Why the process called __fastfail, by its first parameter. */
export const fastFailCodes = namesOf(windows.fastFailCodes)
/** NT status values. */
export const ntStatuses = lazily(ntStatusNames)
/** Win32 errors: what GetLastError returns. */
export const win32Errors = lazily(win32ErrorNames)

/** Signals of Linux and Android by number. */
export const linuxSignals = namesOf(linux.signals)
/** Causes (si_code) common to all signals. */
export const linuxCommonCodes = namesOf(linux.commonCodes)
/** Causes by signal; the first name is si_code 1. */
export const linuxSignalCodes: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(linux.signalCodes),
)

/** Mach exception types. */
export const macExceptions = namesOf(mac.exceptions)
/** Codes that Crashpad uses instead of an exception type: for a dump without a crash, and from a handler of its own. */
export const crashpadExceptions = namesOf(mac.crashpadExceptions)
/** Signals of macOS and iOS by number. */
export const macSignals = namesOf(mac.signals)

/** Processors with their own Mach codes. */
export type MachCpu = 'arm64' | 'x86' | 'ppc'
type CodesOfException = Readonly<Partial<Record<MachCpu | 'any', Readonly<Record<string, string>>>>>

/** Codes of an exception: `any` first, then those of the processor. */
export const macCodes: ReadonlyMap<string, Readonly<Record<MachCpu | 'any', Names>>> = new Map(
  Object.entries(mac.codes as Readonly<Record<string, CodesOfException>>).map(([name, codes]) => [
    name,
    {
      any: namesOf(codes.any),
      arm64: namesOf(codes.arm64),
      x86: namesOf(codes.x86),
      ppc: namesOf(codes.ppc),
    },
  ]),
)

interface Kind {
  readonly name: string
  readonly flavors: Names
}

const kindsOf = (
  table: Readonly<Record<string, { name: string; flavors: Readonly<Record<string, string>> }>>,
): ReadonlyMap<number, Kind> =>
  new Map(
    Object.entries(table).map(([kind, { name, flavors }]) => [
      Number(kind),
      { name, flavors: namesOf(flavors) },
    ]),
  )

/** EXC_RESOURCE: kinds and their flavors. */
export const macResources = kindsOf(mac.resources)
/** EXC_GUARD: kinds and their flavors. */
export const macGuards = kindsOf(mac.guards)
