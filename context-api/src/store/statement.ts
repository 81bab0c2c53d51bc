import type { Compilable } from "kysely";

declare const brand: unique symbol;

/**
 * A compiled write. The writer commits it together with the records of its request.
 * Only `store/` makes one: elsewhere, use the functions of `store/tables`.
 */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Exists in the type only, because a statement crosses the writer's thread as plain data. */
  readonly [brand]: true;
}

/** For `store/` only. */
export function toStatement(query: Compilable): Statement {
  const { sql, parameters } = query.compile();
  return rawStatement(sql, parameters);
}

/** SQL that the query builder cannot express. It must hold the tenant's condition. For `store/` only. */
export const rawStatement = (sql: string, parameters: readonly unknown[]): Statement =>
  ({ sql, parameters }) as unknown as Statement;

/** A parameter of a template: a member of the row that the template is bound to. */
class TemplateParameter {
  readonly member: string;

  constructor(member: string) {
    this.member = member;
  }
}

/** For {@link statementTemplate}: it is accepted where a value of any type is expected. */
export const templateParameter = (member: string): never => new TemplateParameter(member) as never;

/** `["id", "state"]` → a template parameter for each column. */
export const templateParameters = <Name extends string>(names: readonly Name[]): Record<Name, never> =>
  Object.fromEntries(names.map((name) => [name, templateParameter(name)])) as Record<Name, never>;

/** Compiles a statement once and then binds it to rows, because compiling costs more than running most statements. */
export function statementTemplate<Row extends object>(query: Compilable): (row: Row) => Statement {
  const { sql, parameters } = toStatement(query);
  return (row) =>
    rawStatement(
      sql,
      parameters.map((parameter) =>
        parameter instanceof TemplateParameter ? (row as Record<string, unknown>)[parameter.member] : parameter,
      ),
    );
}
