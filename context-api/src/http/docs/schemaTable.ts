import type { SchemaObject } from "../openapi/types.ts";
import { html, type Markup } from "./html.ts";

/** The type of a value in words, with a link to each named schema. */
export function schemaType(schema: SchemaObject): Markup {
  const reference = typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1) : undefined;
  if (reference) return html`<a href="#schema-${reference}">${reference}</a>`;
  const choices = choicesOf(schema);
  if (choices) return html`${choices.map((choice, index) => html`${index > 0 ? " or " : ""}${schemaType(choice)}`)}`;
  if (Array.isArray(schema["enum"])) return html`${schema["enum"].map(String).join(" | ")}`;
  if (schema["type"] === "array") return html`array of ${schemaType((schema["items"] ?? {}) as SchemaObject)}`;
  const format = typeof schema["format"] === "string" ? ` (${schema["format"]})` : "";
  return html`${String(schema["type"] ?? "any value")}${format}${schema["nullable"] === true ? " or null" : ""}`;
}

/** The alternatives or parts of a composed schema; null for a plain one. */
function choicesOf(schema: SchemaObject): SchemaObject[] | null {
  const choices = schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"];
  return Array.isArray(choices) ? (choices as SchemaObject[]) : null;
}

/** The members of a schema with their descriptions. */
export function schemaTable(schema: SchemaObject): Markup {
  const description = typeof schema["description"] === "string" ? html`<p>${schema["description"]}</p>` : "";
  const members = Object.entries((schema["properties"] ?? {}) as Record<string, SchemaObject>);
  if (members.length === 0) return html`${description}<p>${schemaType(schema)}</p>`;
  const requiredNames = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return html`${description}<table><caption>Members</caption><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
    <tbody>${members.map(
      ([name, member]) =>
        html`<tr><th scope="row"><code>${name}</code>${requiredNames.has(name) ? "" : " (optional)"}</th><td>${schemaType(member)}</td><td>${String(member["description"] ?? "")}</td></tr>`,
    )}</tbody></table>`;
}
