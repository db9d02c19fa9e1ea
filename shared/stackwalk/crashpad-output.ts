// Crashpad's annotations as a part of the output.
import { baseName } from '../text/base-name.ts'
import type { StackwalkOutput } from '../fields/stackwalk.ts'
import type { Minidump } from '../minidump/minidump.ts'
import { setOwn } from '../own.ts'

type CrashpadOutput = NonNullable<StackwalkOutput['crashpad_info']>

/** `crashpad_info` of the output; null for a dump without it. */
export function crashpadOutput({ crashpadInfo: info, modules }: Minidump): CrashpadOutput | null {
  if (!info) return null
  return {
    client_id: info.clientId,
    modules: info.modules.map((module) => {
      const codeFile = modules.list[module.moduleIndex]?.codeFile
      return {
        list_annotations: [...module.listAnnotations],
        module: codeFile === undefined ? null : baseName(codeFile),
        objects: module.objects.map(({ name, type, text }) => ({ name, type, value: text })),
        simple_annotations: sorted(module.annotations),
      }
    }),
    report_id: info.reportId,
    simple_annotations: sorted(info.annotations),
  }
}

function sorted(annotations: ReadonlyMap<string, string>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name of [...annotations.keys()].sort()) setOwn(result, name, annotations.get(name)!)
  return result
}
