// The processors whose stacks can be walked.
import { amd64 } from './amd64.ts'
import { arm } from './arm.ts'
import { arm64 } from './arm64.ts'
import type { Cpu } from './frame.ts'
import { x86 } from './x86.ts'

/** By the name that a dump's context gives; there is none for a processor whose callers cannot be found. */
export const cpus: Readonly<Record<string, Cpu | undefined>> = { x86, amd64, arm, arm64 }
