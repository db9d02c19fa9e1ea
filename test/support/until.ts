// Waits for conditions of other processes, in every runtime.

const pollMs = 20

/** Calls `holds` every 20 ms until it returns true. Throws after `timeoutMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { timeoutMs = 30_000, what = 'the condition' } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms without success for ${what}`)
    await new Promise((resume) => setTimeout(resume, pollMs))
  }
}
