import type { Schema } from "./schema.ts";

/** A file of this folder, without `.openapi.yaml`. */
export const specifications = [
  "zendesk/support",
  "mixpanel/query",
  "mixpanel/export",
  "mixpanel/ingestion",
  "mixpanel/gdpr",
] as const;
export type Specification = (typeof specifications)[number];

export interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  required?: boolean;
  schema: Schema;
}
