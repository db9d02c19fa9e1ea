// Standard output for results of any size.

/** Writes to standard output, and waits when its reader is slower than we are. */
export function writeOut(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()))
  })
}
