import { parse } from "yaml";
import { labelWords } from "../../ui/words.ts";

/** A value that can be set without knowing YAML. */
export interface Setting {
  /** From the tenant's part down. Items of a list are named by their id. */
  path: readonly string[];
  /** The parts of the path below its group, in words. */
  label: string;
  value: boolean | number | string | readonly string[];
}

export interface SettingGroup {
  title: string;
  settings: readonly Setting[];
}

/** Longer texts are expressions and belong into the YAML. */
const maxTextLength = 80;
const maxListLength = 200;

/** The thresholds, words, field mappings and switches of a version, by group. @param text the version as YAML */
export function settingGroups(text: string): SettingGroup[] {
  const config = parse(text) as Record<string, unknown>;
  const routing = membersOf(config["routing"]);
  const rules = membersOf(membersOf(config["alerts"])["rules"]);
  const connections = itemsOf(config["connections"]);
  const groups: SettingGroup[] = [
    { title: "Routes: on and off", settings: itemsOf(routing["routes"]).flatMap(([id, route]) => switchOf(id, route)) },
    ...Object.entries(membersOf(routing["settings"])).map(([name, value]) => ({
      title: `Routing: ${labelWords(name)}`,
      settings: settingsAt(value, ["routing", "settings", name], 3),
    })),
    { title: "Alerts: thresholds", settings: settingsAt(rules, ["alerts", "rules"], 2) },
    { title: "Customers", settings: settingsAt(config["customers"], ["customers"], 1) },
    { title: "Health and satisfaction", settings: settingsAt(config["csatDays"], ["csatDays"], 0) },
    { title: "Cache: minutes", settings: settingsAt(config["cache"], ["cache"], 1) },
    { title: "Retention", settings: settingsAt(config["retention"], ["retention"], 1) },
    ...connections.map(([id, connection]) => ({
      title: `Connection ${id}: fields and settings`,
      settings: settingsAt(membersOf(connection)["settings"], ["connections", id, "settings"], 3),
    })),
  ];
  return groups.filter(({ settings }) => settings.length > 0);
}

function switchOf(id: string, route: unknown): Setting[] {
  const { enabled } = membersOf(route);
  return typeof enabled === "boolean" ? [{ path: ["routing", "routes", id, "enabled"], label: id, value: enabled }] : [];
}

/** @param groupLength how many parts of the path the group's title says */
function settingsAt(value: unknown, path: readonly string[], groupLength: number): Setting[] {
  const label = path.slice(groupLength).map(labelWords).join(" · ");
  if (typeof value === "boolean" || typeof value === "number") return [{ path, label, value }];
  if (typeof value === "string") return value.length > maxTextLength || value.includes("\n") ? [] : [{ path, label, value }];
  if (Array.isArray(value)) {
    const isWords = value.length <= maxListLength && value.every((word) => typeof word === "string");
    return isWords ? [{ path, label, value: value as string[] }] : [];
  }
  return Object.entries(membersOf(value)).flatMap(([name, member]) => settingsAt(member, [...path, name], groupLength));
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const itemsOf = (value: unknown): [string, unknown][] =>
  Array.isArray(value) ? value.map((item) => [String(membersOf(item)["id"] ?? ""), item] as [string, unknown]) : [];

export const keyOf = ({ path }: Pick<Setting, "path">): string => path.join("\n");

/** What a person entered, as a value of the same type; null while it is none. */
export function enteredValue(enteredText: string, { value }: Setting): Setting["value"] | null {
  if (Array.isArray(value)) return wordsOf(enteredText);
  if (typeof value !== "number") return enteredText.trim();
  const number = Number(enteredText.trim());
  return enteredText.trim() === "" || !Number.isFinite(number) ? null : number;
}

const wordsOf = (enteredText: string): string[] =>
  enteredText
    .split("\n")
    .map((word) => word.trim())
    .filter(Boolean);

/** How a value is shown in its field. */
export const textOf = (value: Setting["value"]): string => (Array.isArray(value) ? value.join("\n") : String(value));

export const isSame = (a: Setting["value"], b: Setting["value"]): boolean => JSON.stringify(a) === JSON.stringify(b);
