/** One tenant's rows. The functions of `store/tables` read from it and build statements for the writer. */
export interface TenantStore {
  readonly tenant: string;
}
