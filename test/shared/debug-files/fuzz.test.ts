// Damaged files of Windows and macOS. `FUZZ_RUNS` sets the number of mutants of all formats together.
import { fuzzDebugFiles } from './fuzzing.ts'

fuzzDebugFiles('PE, PDB, Mach-O')
