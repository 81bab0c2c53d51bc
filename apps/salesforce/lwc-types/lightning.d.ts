// Lightning modules that @salesforce/lightning-types does not declare.

declare module "lightning/uiRecordApi" {
  import type { WireAdapterConstructor } from "lwc";

  export interface FieldValue {
    value: unknown;
    displayValue: string | null;
  }
  export interface RecordRepresentation {
    id: string;
    apiName: string;
    fields: Record<string, FieldValue>;
    lastModifiedDate: string | null;
  }
  export const getRecord: WireAdapterConstructor;
  export function getFieldValue(record: RecordRepresentation, field: string): unknown;
  export function notifyRecordUpdateAvailable(records: { recordId: string }[]): Promise<void>;
}

declare module "lightning/navigation" {
  import type { LightningElement } from "lwc";

  export interface PageReference {
    type: string;
    attributes?: Record<string, unknown>;
    state?: Record<string, unknown>;
  }
  interface Navigation {
    [navigate](page: PageReference, replace?: boolean): void;
    [generateUrl](page: PageReference): Promise<string>;
  }
  const navigate: unique symbol;
  const generateUrl: unique symbol;
  // biome-ignore-start lint/suspicious/noExplicitAny: TypeScript requires any[] for the constructor of a mixin
  export const NavigationMixin: {
    <T extends new (...parameters: any[]) => LightningElement>(base: T): T & (new (...parameters: any[]) => Navigation);
    readonly Navigate: typeof navigate;
    readonly GenerateUrl: typeof generateUrl;
  };
  // biome-ignore-end lint/suspicious/noExplicitAny: as above
}

declare module "lightning/pageReferenceUtils" {
  /** For the state `defaultFieldValues` of a page that creates a record. */
  export function encodeDefaultFieldValues(values: Record<string, unknown>): string;
}

declare module "lightning/refresh" {
  import type { LightningElement } from "lwc";

  /** The handler's promise resolves true if the refresh may continue with nested components. */
  export function registerRefreshHandler(element: LightningElement, handler: () => Promise<boolean>): number;
  export function unregisterRefreshHandler(handle: number): void;
  export class RefreshEvent extends Event {
    constructor();
  }
}

declare module "lightning/platformShowToastEvent" {
  export class ShowToastEvent extends CustomEvent<unknown> {
    constructor(toast: { title: string; message?: string; variant?: "info" | "success" | "warning" | "error"; mode?: string });
  }
}
