import type { Compilable, CompiledQuery } from "kysely";
import { LRUCache } from "lru-cache";
import { queriesOf } from "./queries.ts";
import type { TenantStore } from "./tenantStore.ts";

/** Kysely builds and compiles a query in the time that SQLite needs to answer it. The shapes of the frequent ones are few. */
const compiledQueries = new LRUCache<string, CompiledQuery<unknown>>({ max: 500 });

/**
 * Rows of a query that is compiled once for each shape. For `store/tables` only.
 * @param shape names the query; queries of one shape differ in their values only
 * @param values in their order in the query, without the tenant, which is the first one
 */
export async function selectCompiled<Row>(
  store: TenantStore,
  shape: string,
  values: readonly unknown[],
  build: () => Compilable<Row>,
): Promise<Row[]> {
  const parameters = [store.tenant, ...values];
  const { engine, run } = queriesOf(store);
  const key = `${engine}\n${shape}`;
  let compiled = compiledQueries.get(key);
  if (!compiled) {
    compiled = build().compile();
    if (JSON.stringify(compiled.parameters) !== JSON.stringify(parameters))
      throw new RangeError(`the values of the query ${shape} are not in their order`);
    compiledQueries.set(key, compiled);
  }
  return await run<Row>({ ...compiled, parameters } as CompiledQuery<Row>);
}

/** The list with its last value repeated up to a power of two, so that lists of many lengths share few shapes. */
export function padded<T>(list: readonly T[]): T[] {
  const last = list.at(-1);
  if (last === undefined) return [];
  let length = 1;
  while (length < list.length) length *= 2;
  return list.concat(Array.from({ length: length - list.length }, () => last));
}
