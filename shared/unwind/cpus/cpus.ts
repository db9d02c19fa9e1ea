// The processors.
import type { KnownCpu } from '../../minidump/context.ts'
import type { Cpu } from '../frame.ts'
import { amd64 } from './amd64.ts'
import { arm } from './arm.ts'
import { arm64 } from './arm64.ts'
import { mips, mips64 } from './mips.ts'
import { ppc, ppc64 } from './ppc.ts'
import { riscv, riscv64 } from './riscv.ts'
import { sparc } from './sparc.ts'
import { x86 } from './x86.ts'

/** By the name in a dump's context. */
export const cpus: Readonly<Record<KnownCpu, Cpu>> = {
  x86,
  amd64,
  arm,
  arm64,
  mips,
  mips64,
  ppc,
  ppc64,
  riscv,
  riscv64,
  sparc,
}
