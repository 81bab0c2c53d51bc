import type { App } from "../env.ts";

export type OpenApiDocument = ReturnType<App["getOpenAPIDocument"]>;
export type SchemaObject = Record<string, unknown>;
