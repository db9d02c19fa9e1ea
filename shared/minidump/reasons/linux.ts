// Names of signals and their causes on Linux and Android.

/** Signals by number. */
export const linuxSignals: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [5, 'SIGTRAP'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [10, 'SIGUSR1'],
  [11, 'SIGSEGV'],
  [12, 'SIGUSR2'],
  [13, 'SIGPIPE'],
  [14, 'SIGALRM'],
  [15, 'SIGTERM'],
  [16, 'SIGSTKFLT'],
  [17, 'SIGCHLD'],
  [18, 'SIGCONT'],
  [19, 'SIGSTOP'],
  [20, 'SIGTSTP'],
  [21, 'SIGTTIN'],
  [22, 'SIGTTOU'],
  [23, 'SIGURG'],
  [24, 'SIGXCPU'],
  [25, 'SIGXFSZ'],
  [26, 'SIGVTALRM'],
  [27, 'SIGPROF'],
  [28, 'SIGWINCH'],
  [29, 'SIGIO'],
  [30, 'SIGPWR'],
  [31, 'SIGSYS'],
  [0xffffffff, 'DUMP_REQUESTED'],
])

/** Causes (si_code) common to all signals. */
export const linuxCommonCodes: ReadonlyMap<number, string> = new Map([
  [0, 'SI_USER'],
  [128, 'SI_KERNEL'],
  [-1, 'SI_QUEUE'],
  [-2, 'SI_TIMER'],
  [-3, 'SI_MESGQ'],
  [-4, 'SI_ASYNCIO'],
  [-5, 'SI_SIGIO'],
  [-6, 'SI_TKILL'],
  [-7, 'SI_DETHREAD'],
  [-60, 'SI_ASYNCNL'],
])

/** Causes by signal; the first name is si_code 1. */
export const linuxSignalCodes: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'SIGILL',
    [
      'ILL_ILLOPC',
      'ILL_ILLOPN',
      'ILL_ILLADR',
      'ILL_ILLTRP',
      'ILL_PRVOPC',
      'ILL_PRVREG',
      'ILL_COPROC',
      'ILL_BADSTK',
      'ILL_BADIADDR',
    ],
  ],
  ['SIGTRAP', ['TRAP_BRKPT', 'TRAP_TRACE', 'TRAP_BRANCH', 'TRAP_HWBKPT', 'TRAP_UNK', 'TRAP_PERF']],
  ['SIGBUS', ['BUS_ADRALN', 'BUS_ADRERR', 'BUS_OBJERR', 'BUS_MCEERR_AR', 'BUS_MCEERR_AO']],
  [
    'SIGFPE',
    [
      'FPE_INTDIV',
      'FPE_INTOVF',
      'FPE_FLTDIV',
      'FPE_FLTOVF',
      'FPE_FLTUND',
      'FPE_FLTRES',
      'FPE_FLTINV',
      'FPE_FLTSUB',
    ],
  ],
  ['SIGSEGV', ['SEGV_MAPERR', 'SEGV_ACCERR', 'SEGV_BNDERR', 'SEGV_PKUERR']],
  ['SIGSYS', ['SYS_SECCOMP', 'SYS_USER_DISPATCH']],
])
