// Damaged ELF files. `FUZZ_RUNS` sets the number of mutants of all formats together.
import { fuzzDebugFiles } from './fuzzing.ts'

fuzzDebugFiles('ELF')
