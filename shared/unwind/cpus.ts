// The processors with unwinding support.
import { amd64 } from './amd64.ts'
import { arm } from './arm.ts'
import { arm64 } from './arm64.ts'
import type { Cpu } from './frame.ts'
import { x86 } from './x86.ts'

/** By the name in a dump's context. */
export const cpus: Readonly<Record<string, Cpu | undefined>> = { x86, amd64, arm, arm64 }
