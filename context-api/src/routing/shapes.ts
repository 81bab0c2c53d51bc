import { Customer } from "@sidelight/contracts/context/context.ts";
import {
  AccountData,
  HealthData,
  ProductData,
  SupportData,
  TicketPriority,
  TicketStatus,
} from "@sidelight/contracts/context/sections.ts";
import { Event } from "@sidelight/contracts/events/event.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { routingSettingsSchema } from "../config/routing.ts";
import { coreEventSchemas } from "../log/schema/registry.ts";

/** What an expression can read of a value: its members by name, one of a few texts, nothing more (a text, a number), or anything. */
export type Shape = "any" | "scalar" | { values: readonly string[] } | { members: ReadonlyMap<string, Shape> };

export const objectShape = (members: Readonly<Record<string, Shape>>): Shape => ({ members: new Map(Object.entries(members)) });

/** The members of both. */
export function union(a: Shape, b: Shape): Shape {
  if (a === "any" || b === "any") return "any";
  if (a === "scalar") return typeof b === "object" && "values" in b ? a : b;
  if (b === "scalar") return "values" in a ? b : a;
  if ("values" in a) return "values" in b ? oneOf([...a.values, ...b.values]) : b;
  if ("values" in b) return a;
  const members = new Map(a.members);
  for (const [name, shape] of b.members) members.set(name, union(members.get(name) ?? shape, shape));
  return { members };
}

const oneOf = (values: readonly string[]): Shape => ({ values: [...new Set(values)] });

interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
}

/**
 * The shape of a schema's values. Lists have the shape of their items, as in JSONata's paths.
 * @param isComplete open objects have no other members: our own events are open for later versions only
 */
const shapeOfSchema = (schema: z.ZodType, isComplete = false): Shape =>
  shapeOfJson(z.toJSONSchema(schema, { io: "output", unrepresentable: "any", reused: "inline" }) as JsonSchema, isComplete);

function shapeOfJson(schema: JsonSchema, isComplete: boolean): Shape {
  const shapeOf = (part: JsonSchema): Shape => shapeOfJson(part, isComplete);
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options) return options.map(shapeOf).reduce(union);
  if (schema.items) return shapeOf(schema.items);
  if (schema.properties) {
    if (!isComplete && isOpen(schema)) return "any";
    return objectShape(Object.fromEntries(Object.entries(schema.properties).map(([name, member]) => [name, shapeOf(member)])));
  }
  const type = [schema.type].flat()[0];
  const values = schema.enum ?? (schema.const === undefined ? null : [schema.const]);
  if (values?.every((value) => typeof value === "string")) return oneOf(values);
  // The empty alternative of a value that can be missing.
  if (schema.type === "null") return oneOf([]);
  if (schema.enum || schema.const !== undefined || ["string", "number", "integer", "boolean", "null"].includes(type ?? ""))
    return "scalar";
  return "any";
}

const isOpen = ({ additionalProperties }: JsonSchema): boolean =>
  additionalProperties === true || typeof additionalProperties === "object";

/** The shape of a sample value. An empty list or object can have any content. */
export function shapeOfSample(value: unknown): Shape {
  if (Array.isArray(value)) return value.length === 0 ? "any" : value.map(shapeOfSample).reduce(union);
  if (typeof value !== "object" || value === null) return "scalar";
  const members = Object.entries(value);
  return members.length === 0
    ? "any"
    : objectShape(Object.fromEntries(members.map(([name, member]) => [name, shapeOfSample(member)])));
}

/** Members that only some records of a kind have. Samples are complete otherwise. */
const optionalMembers: Record<string, Readonly<Record<string, Shape>>> = {
  person: {
    ...{ givenName: "scalar", familyName: "scalar", birthDate: "scalar", address: "any" },
    ...{ withdrawals: "scalar", createdAt: "scalar", company: "scalar", leadSource: "scalar", productUse: "any" },
  },
  rating: { via: "scalar" },
  activity: { createdBy: "scalar" },
  case: { createdBy: "scalar" },
  usage: { countedSince: "scalar", days: "any", funnel: "any" },
  ticket: { isEscalated: "scalar", assignee: "any", replies: "any" },
  membership: { milestone: "scalar" },
};

/** Members that have one of a few texts. */
const listedValues: Record<string, Readonly<Record<string, Shape>>> = {
  ticket: { status: oneOf(TicketStatus.options), priority: oneOf(TicketPriority.options) },
};

function recordShape(sample: object): Shape {
  const kind = "kind" in sample ? String(sample.kind) : "";
  const members = Object.entries(sample).map(([name, member]): [string, Shape] => [name, shapeOfSample(member)]);
  return objectShape({ ...optionalMembers[kind], ...Object.fromEntries(members), ...listedValues[kind] });
}

/** Shapes of the parts of a route's document that do not depend on the event. */
export interface DocumentShapes {
  /**
   * @param eventTypes the events that a route takes
   * @param objects the objects that they can be about, as `platform.object`
   */
  document(eventTypes: readonly string[], objects: readonly string[]): Shape;
}

const documentShapesOf = new WeakMap<readonly Platform[], DocumentShapes>();

/** The same for all tenants: computed once for a list of platforms, because schemas take a few milliseconds. */
export function documentShapes(platforms: readonly Platform[]): DocumentShapes {
  const shapes = documentShapesOf.get(platforms) ?? computeShapes(platforms);
  documentShapesOf.set(platforms, shapes);
  return shapes;
}

function computeShapes(platforms: readonly Platform[]): DocumentShapes {
  const sections = {
    // Without the mapped fields: they are there only while a layout of a panel names them, so no route should depend on them.
    account: shapeOfSchema(AccountData.omit({ fields: true })),
    support: shapeOfSchema(SupportData.omit({ fields: true })),
    product: shapeOfSchema(ProductData.omit({ fields: true })),
    health: shapeOfSchema(HealthData),
  };
  const byObject = (shape: Shape): Shape =>
    objectShape(
      Object.fromEntries(
        platforms.map(({ name, objects }) => [
          name,
          objectShape(Object.fromEntries(Object.keys(objects).map((object) => [object, shape]))),
        ]),
      ),
    );
  const event = Object.fromEntries(Object.entries(Event.shape).map(([name, schema]) => [name, shapeOfSchema(schema)]));
  const ownData = new Map(coreEventSchemas.map(({ types, schema }) => [types, shapeOfSchema(schema, true)]));
  const dataOfPlatform = new Map(platforms.map(({ name, eventDataSample }) => [name, eventDataSample]));
  const dataOf = (type: string): Shape => {
    const sample = dataOfPlatform.get(type.split(".")[0] ?? "");
    return ownData.get(type) ?? (sample === undefined ? "any" : shapeOfSample(sample));
  };
  const sharedShapes = {
    ref: "scalar" as const,
    customer: shapeOfSchema(Customer),
    ...sections,
    company: objectShape({ id: "scalar", name: "scalar", ...sections }),
    previousCompany: objectShape({ id: "scalar", name: "scalar", ...sections }),
    links: byObject("scalar"),
    ids: byObject("scalar"),
    settings: shapeOfSchema(routingSettingsSchema(platforms.map(({ routingSettings }) => routingSettings ?? {}))),
  };
  return {
    document(eventTypes, objects) {
      const data = eventTypes.length === 0 ? "any" : eventTypes.map(dataOf).reduce(union);
      const records = objects.map((name) => {
        const [platform = "", object = ""] = name.split(".");
        const sample = platforms.find((candidate) => candidate.name === platform)?.samples?.[object];
        return sample ? recordShape(sample) : "any";
      });
      return objectShape({
        ...sharedShapes,
        event: objectShape({ ...event, data }),
        record: records.length === 0 ? "any" : records.reduce(union),
      });
    },
  };
}
