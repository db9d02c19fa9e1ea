// Values of a statement. All are bound as text and converted by the statement, which keeps every integer exact.

/** A statement for DuckDB; `$name` are its parameters. */
export interface Statement {
  readonly sql: string
  readonly values: Readonly<Record<string, string | readonly string[]>>
}

/** Collects the values of one statement. */
export class Bindings {
  private readonly entries: [string, string | readonly string[]][] = []

  /** The parameter that has this value. */
  add(value: string | readonly string[]): string {
    const name = `p${this.entries.length}`
    this.entries.push([name, value])
    return `$${name}`
  }

  statement(sql: string): Statement {
    return { sql, values: Object.fromEntries(this.entries) }
  }
}

/** A SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
