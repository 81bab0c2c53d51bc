import type { ReportedValue } from "@sidelight/model/records.ts";
import { z } from "zod";

// What an event reports about fields that ticket and user records do not contain: custom fields, tags and comments.

/** Names of values, for reports and for what actions write. */
export const fieldName = (id: string | number): string => `field:${id}`;
export const addedTag = "tag";
export const removedTag = "removed tag";
export const commentName = "comment";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** `current` of a custom field is an object in some versions of the event. */
const Value = z.union([scalar, z.array(scalar), z.looseObject({ value: z.unknown() }).transform(({ value }) => value)]);
const Field = z.looseObject({ id: z.union([z.string(), z.number()]).nullish(), key: z.string().nullish() });
const Tags = z.union([z.array(z.string()), z.looseObject({ tags: z.array(z.string()) }).transform(({ tags }) => tags)]);

const Comment = z.looseObject({ body: z.string() });

type Members = Readonly<Record<string, unknown>>;

/** The custom field that an event is about, by its id or key, and its value; null for other events. */
export function changedField(event: Members): { field: string; value: unknown } | null {
  const member = event["custom_field"] ?? event["field"];
  // Refusing a value costs many times as much as looking whether there is one.
  const field = member === undefined ? null : Field.safeParse(member).data;
  const name = field?.id ?? field?.key;
  if (name === undefined || name === null) return null;
  return { field: String(name), value: Value.safeParse(event["current"]).data ?? null };
}

export function reportedValues(event: Members): ReportedValue[] {
  const field = changedField(event);
  const comment = event["comment"] === undefined ? null : Comment.safeParse(event["comment"]).data;
  return [
    ...(field ? [{ field: fieldName(field.field), value: field.value }] : []),
    ...tagsIn(event, ["tags_added", "added_tags", "added"]).map((value) => ({ field: addedTag, value })),
    ...tagsIn(event, ["tags_removed", "removed_tags", "removed"]).map((value) => ({ field: removedTag, value })),
    ...(comment ? [{ field: commentName, value: comment.body }] : []),
  ];
}

const tagsIn = (event: Members, names: readonly string[]): string[] =>
  names.flatMap((name) => (event[name] === undefined ? [] : (Tags.safeParse(event[name]).data ?? [])));
