import type { Statement } from "./statement.ts";

/**
 * A statement that is compiled once: in place of each parameter stands the name of the member that it is given from.
 * Compiling costs more than running most of them.
 */
export function reusable<Row extends object>(named: Statement): (row: Row) => Statement {
  const names = named.parameters as (keyof Row)[];
  return (row) => ({ sql: named.sql, parameters: names.map((name) => row[name]) });
}

/** `{ id: "id", state: "state" }`: the names in their own places. */
export const namesOf = <Name extends string>(names: readonly Name[]): Record<Name, never> =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<Name, never>;
