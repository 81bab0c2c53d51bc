// The scoped modules that only an org has and that @salesforce/lightning-types does not declare.

/** Every Apex method is called with one object of named parameters. */
declare module "@salesforce/apex/*" {
  /** An AuraEnabled method: its value, or a rejection of `{ body: { message } }`. */
  // biome-ignore lint/suspicious/noExplicitAny: only the caller knows what its method returns
  const method: (parameters?: Record<string, unknown>) => Promise<any>;
  export default method;
}

declare module "@salesforce/schema/*" {
  const reference: { objectApiName: string; fieldApiName?: string };
  export default reference;
}

declare module "@salesforce/label/*" {
  const text: string;
  export default text;
}

declare module "@salesforce/i18n/*" {
  const value: string;
  export default value;
}

declare module "@salesforce/customPermission/*" {
  /** True for its holders, undefined for everybody else. */
  const held: true | undefined;
  export default held;
}

declare module "@salesforce/userPermission/*" {
  const held: true | undefined;
  export default held;
}

declare module "@salesforce/resourceUrl/*" {
  const url: string;
  export default url;
}
