import { OpenApiGeneratorV3, zodToOpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import * as configuration from "@sidelight/contracts/config/configuration.ts";
import * as alert from "@sidelight/contracts/connections/alert.ts";
import * as call from "@sidelight/contracts/connections/call.ts";
import * as connection from "@sidelight/contracts/connections/connection.ts";
import * as batch from "@sidelight/contracts/context/batch.ts";
import * as context from "@sidelight/contracts/context/context.ts";
import * as primitives from "@sidelight/contracts/context/primitives.ts";
import * as sections from "@sidelight/contracts/context/sections.ts";
import * as timeline from "@sidelight/contracts/context/timeline.ts";
import * as problem from "@sidelight/contracts/errors/problem.ts";
import * as delivery from "@sidelight/contracts/events/delivery.ts";
import * as event from "@sidelight/contracts/events/event.ts";
import * as quarantine from "@sidelight/contracts/events/quarantine.ts";
import * as route from "@sidelight/contracts/events/route.ts";
import * as session from "@sidelight/contracts/sessions/session.ts";
import { z } from "zod";
import type { SchemaObject } from "./types.ts";

const contracts = [
  configuration,
  alert,
  call,
  connection,
  batch,
  context,
  primitives,
  sections,
  timeline,
  problem,
  delivery,
  event,
  quarantine,
  route,
  session,
];

/**
 * Gives every exported object and enumeration of the contracts its own name in the OpenAPI document. The contracts do not do it
 * themselves, because panels bundle them and need no OpenAPI.
 * @returns these schemas, as components
 */
export function nameSchemas(): Record<string, SchemaObject> {
  const schemas = contracts.flatMap((module) => Object.entries(module)).filter(isNamed);
  for (const [refId, schema] of schemas)
    if (!zodToOpenAPIRegistry.has(schema)) zodToOpenAPIRegistry.add(schema, { _internal: { refId } });
  const definitions = schemas.map(([, schema]) => ({ type: "schema" as const, schema }));
  return new OpenApiGeneratorV3(definitions).generateComponents().components?.schemas as Record<string, SchemaObject>;
}

const isNamed = (entry: [string, unknown]): entry is [string, z.ZodObject | z.ZodEnum] =>
  entry[1] instanceof z.ZodObject || entry[1] instanceof z.ZodEnum;
