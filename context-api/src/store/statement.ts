/** A compiled statement on a side table, committed by the writer together with the records of its request. */
export interface Statement {
  sql: string;
  parameters: readonly unknown[];
}
