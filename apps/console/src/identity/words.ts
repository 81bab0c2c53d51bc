import type { Decision, DecisionType } from "@sidelight/contracts/identity/decision.ts";
import type { Strike } from "@sidelight/contracts/identity/evidence.ts";
import { capitalized } from "../ui/words.ts";

/** A confidence in words, for a person who decides. */
export function confidenceWords(confidence: number): string {
  if (confidence >= 0.99) return "Almost certain";
  if (confidence >= 0.95) return "Very likely";
  if (confidence >= 0.8) return "Likely";
  return confidence >= 0.5 ? "Possible" : "Unlikely";
}

/** "zendesk.user:12" → "Zendesk user 12" */
export function recordWords(ref: string): string {
  const [, platform = "", object = "", id = ""] = /^([a-z0-9_-]+)\.([a-z0-9_]+):(.*)$/i.exec(ref) ?? [];
  return platform ? `${capitalized(platform)} ${object.replaceAll("_", " ")} ${id}` : ref;
}

/** "zendesk.user" → "Zendesk user" */
export const objectWords = (object: string): string => capitalized(object.replace(".", " ").replaceAll("_", " "));

export const decisionWords: Readonly<Record<DecisionType, string>> = {
  linked: "Linked",
  unlinked: "Unlinked",
  merged: "Merged",
  split: "Split",
  dismissed: "Kept apart",
  struck: "Identifier struck out",
  undone: "Undone",
};

export function actorWords({ kind, id, role }: Decision["actor"]): string {
  if (kind === "model") return `Model ${id}`;
  return role === null ? id : `${capitalized(role)} key ${id}`;
}

export const strikeWords: Readonly<Record<Strike["reason"], string>> = {
  role: "Address of a function, not of a person",
  placeholder: "Placeholder",
  shared_host: "Host that many companies share",
  over_cap: "Too many records have it",
  contested: "Different customers have it",
  person: "A person struck it out",
  configured: "The configuration names it as no evidence",
};
