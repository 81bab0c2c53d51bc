// Scoped modules of an org that @salesforce/lightning-types does not declare.

/** An Apex method takes one object of named parameters. */
declare module "@salesforce/apex/*" {
  /** Resolves with the return value of the AuraEnabled method, or rejects with `{ body: { message } }`. */
  // biome-ignore lint/suspicious/noExplicitAny: only the caller knows the return type of its method
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

declare module "@salesforce/user/Id" {
  /** The running user, 18 characters; undefined for a guest. */
  const id: string | undefined;
  export default id;
}

declare module "@salesforce/customPermission/*" {
  /** True for users who have the permission, undefined for others. */
  const hasPermission: true | undefined;
  export default hasPermission;
}

declare module "@salesforce/userPermission/*" {
  const hasPermission: true | undefined;
  export default hasPermission;
}

declare module "@salesforce/resourceUrl/*" {
  const url: string;
  export default url;
}
