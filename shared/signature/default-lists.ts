// The built-in lists, assembled on first use.

import allocators from './lists/allocators.json' with { type: 'json' }
import android from './lists/android.json' with { type: 'json' }
import cLibrary from './lists/c-library.json' with { type: 'json' }
import cppRuntime from './lists/cpp-runtime.json' with { type: 'json' }
import crashReporters from './lists/crash-reporters.json' with { type: 'json' }
import dotnet from './lists/dotnet.json' with { type: 'json' }
import gameEngines from './lists/game-engines.json' with { type: 'json' }
import goRuntime from './lists/go-runtime.json' with { type: 'json' }
import graphicsDrivers from './lists/graphics-drivers.json' with { type: 'json' }
import linux from './lists/linux.json' with { type: 'json' }
import macos from './lists/macos.json' with { type: 'json' }
import mozilla from './lists/mozilla.json' with { type: 'json' }
import otherRuntimes from './lists/other-runtimes.json' with { type: 'json' }
import outOfMemory from './lists/out-of-memory.json' with { type: 'json' }
import rustRuntime from './lists/rust-runtime.json' with { type: 'json' }
import scriptEngines from './lists/script-engines.json' with { type: 'json' }
import swiftRuntime from './lists/swift-runtime.json' with { type: 'json' }
import toolkits from './lists/toolkits.json' with { type: 'json' }
import unknownCode from './lists/unknown-code.json' with { type: 'json' }
import windows from './lists/windows.json' with { type: 'json' }
import { type ListFile, listsFromFiles, type SignatureLists } from './lists.ts'

/** Every built-in list; those with a `preset` apply only to some products. */
const files = [
  allocators,
  android,
  cLibrary,
  cppRuntime,
  crashReporters,
  dotnet,
  gameEngines,
  goRuntime,
  graphicsDrivers,
  linux,
  macos,
  mozilla,
  otherRuntimes,
  outOfMemory,
  rustRuntime,
  scriptEngines,
  swiftRuntime,
  toolkits,
  unknownCode,
  windows,
] as ListFile[]

/** All presets; by default all apply, because their entries name functions that other products do not have. */
export const presets: readonly string[] = files.flatMap(({ preset }) => preset ?? [])

const made = new Map<string, SignatureLists>()

/** The built-in lists: those for all products and those of the given presets. */
export function defaultLists(wanted: readonly string[] = presets): SignatureLists {
  const key = [...wanted].sort().join()
  let lists = made.get(key)
  if (!lists) {
    const chosen = files.filter(({ preset }) => preset === undefined || wanted.includes(preset))
    lists = listsFromFiles(chosen, { title: 'included signature lists', areTrusted: true })
    made.set(key, lists)
  }
  return lists
}
