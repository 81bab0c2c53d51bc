import { randomUUID } from "node:crypto";
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { createTwoFilesPatch, diffArrays } from "diff";
import { Document, isAlias, isMap, isScalar, isSeq, parseDocument, type ToStringOptions, type YAMLMap, type YAMLSeq } from "yaml";
import { changesBetween } from "./diff.ts";
import { withoutValue, withValue } from "./insertText.ts";
import { ConfigError } from "./issues.ts";

/** One value to write in a connection: its path below the connection, and undefined to remove it. */
export interface SettingChange {
  path: readonly string[];
  value: unknown;
}

/**
 * The text of a configuration file with values of one connection changed. A connection that the file does not have is added.
 * Everything else keeps its value, its comments and its layout.
 * @throws {ConfigError} when the file is not YAML, or when the change would reach other values, as through an alias
 */
export function editConnection(text: string, tenant: string, id: string, changes: readonly SettingChange[]): string {
  const source = text.replaceAll("\r\n", "\n");
  const document = parseText(source);
  const { node, isNew } = connectionNode(document, tenant, id);
  for (const { path, value } of changes) setValue(node, path, value);
  const edited = withInsertions(source, { tenant, id, isNew }, changes, document.toJS()) ?? writtenAnew(source, document);
  refuseOtherChanges(source, edited, tenant, id, changes);
  return text.includes("\r\n") ? edited.replaceAll("\n", "\r\n") : edited;
}

/**
 * The text of a configuration file with one value of a tenant changed. Everything else keeps its value, its comments and its layout.
 * @throws {ConfigError} when the file is not YAML, or has no place where the value can be written
 */
export function editTenant(text: string, tenant: string, path: readonly string[], value: unknown): string {
  const source = text.replaceAll("\r\n", "\n");
  const document = parseText(source);
  if (!isMap(document.contents)) throw editError("the file is not a map");
  const steps = ["tenants", tenant, ...path];
  const current = parseText(source).toJS();
  setValue(document.contents, steps, value);
  const expected = document.toJS();
  // Only what differs is written, so that the rest keeps its form.
  const editedText = changesBetween(current, expected).reduce<string | null>((currentText, { path: changedPath, next }) => {
    if (currentText === null) return null;
    return next === undefined ? withoutValue(currentText, changedPath) : withValue(currentText, changedPath, next);
  }, source);
  const result = ifExpected(editedText, expected);
  if (result === null) throw editError(`${path.join(".")} cannot be written here. Edit the file by hand`);
  return text.includes("\r\n") ? result.replaceAll("\n", "\r\n") : result;
}

/** The text with only the characters of the changed values replaced or removed; null when that does not give the expected values. */
function withInsertions(
  source: string,
  { tenant, id, isNew }: { tenant: string; id: string; isNew: boolean },
  changes: readonly SettingChange[],
  expected: unknown,
): string | null {
  const list = ["tenants", tenant, "connections"];
  if (isNew) {
    const connection = new Document({ id });
    for (const { path, value } of changes) connection.setIn(path, value);
    return ifExpected(withValue(source, [...list, { id }], connection.toJS()), expected);
  }
  let text: string | null = source;
  for (const { path, value } of changes) {
    const steps = [...list, { id }, ...path];
    if (text !== null) text = value === undefined ? withoutValue(text, steps) : withValue(text, steps, value);
  }
  return ifExpected(text, expected);
}

const ifExpected = (text: string | null, expected: unknown): string | null =>
  text !== null && isDeepStrictEqual(jsOf(text), expected) ? text : null;

function writtenAnew(source: string, document: Document): string {
  const format = formatOf(source);
  const formatted = document.toString(format);
  if (isEmptyFile(source)) return [source.trimEnd(), formatted].filter((part) => part !== "").join("\n");
  return withLayoutOf(source, parseText(source).toString(format), formatted);
}

/** True for a file of comments and white space only. */
export function isEmptyFile(text: string): boolean {
  const { contents, errors } = parseDocument(text);
  return contents === null && errors.length === 0;
}

/** The difference as an operator reads it; empty when there is none. */
export function differenceText(file: string, previous: string, next: string): string {
  if (previous === next) return "";
  return createTwoFilesPatch(file, file, previous, next, "", "", { context: 2 }).replace(/^=+\n/, "");
}

/** The file's text; empty when there is no file. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/**
 * Replaces a file by rename: a reader sees the old text or the new one, never a part. A link stays a link, and a file keeps its mode.
 * @param mode of a new file
 */
export async function replaceFile(file: string, text: string, mode = 0o644): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const currentMode = await stat(target).then(
    (current) => current.mode & 0o777,
    () => mode,
  );
  const temporary = `${target}.${randomUUID()}.new`;
  try {
    await writeFile(temporary, text, { mode: currentMode, flag: "wx" });
    await chmod(temporary, currentMode);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

function parseText(text: string): Document {
  const document = isEmptyFile(text) ? new Document({ version: 1, tenants: {} }) : parseDocument(text);
  const [error] = document.errors;
  if (error) throw editError(error.message);
  return document as Document;
}

/** The connection's map, created with the maps above it when it is missing. */
function connectionNode(document: Document, tenant: string, id: string): { node: YAMLMap; isNew: boolean } {
  if (!isMap(document.contents)) throw editError("the file is not a map");
  const tenantMap = childMap(document, childMap(document, document.contents, "tenants"), tenant);
  const connections = tenantMap.get("connections", true) ?? null;
  if (isAlias(connections)) throw aliasError("connections");
  if (connections !== null && !isSeq(connections) && !isNull(connections)) throw editError("connections is not a list");
  const list = isSeq(connections) ? connections : newList(document, tenantMap);
  const existing = list.items.find((item) => isMap(item) && item.get("id") === id);
  if (isMap(existing)) return { node: existing, isNew: false };
  if (list.items.length === 0) list.flow = false;
  const node = document.createNode({ id }) as YAMLMap;
  list.add(node);
  return { node, isNew: true };
}

function childMap(document: Document, parent: YAMLMap, name: string): YAMLMap {
  const child = parent.get(name, true);
  if (isAlias(child)) throw aliasError(name);
  if (isMap(child)) {
    if (child.items.length === 0) child.flow = false;
    return child;
  }
  if (child !== undefined && !isNull(child)) throw editError(`${name} is not a map`);
  const created = document.createNode({}) as YAMLMap;
  parent.set(name, created);
  return created;
}

function newList(document: Document, tenantMap: YAMLMap): YAMLSeq {
  const list = document.createNode([]) as YAMLSeq;
  tenantMap.set("connections", list);
  return list;
}

function setValue(connection: YAMLMap, path: readonly string[], value: unknown): void {
  for (let depth = 1; depth <= path.length; depth += 1) {
    const node = connection.getIn(path.slice(0, depth), true);
    if (isAlias(node)) throw aliasError(path.slice(0, depth).join("."));
  }
  const current = connection.getIn(path, true);
  for (let depth = 1; depth < path.length; depth += 1)
    if (isNull(connection.getIn(path.slice(0, depth), true))) connection.deleteIn(path.slice(0, depth));
  if (value === undefined) connection.deleteIn(path);
  // The scalar's own node keeps its comment and its quotes.
  else if (isScalar(current) && (typeof value !== "object" || value === null)) current.value = value;
  else connection.setIn(path, value);
}

/** The options with which the text stays as it is, as far as there are such options. */
function formatOf(text: string): ToStringOptions {
  const candidates = [true, false].flatMap((indentSeq) =>
    [true, false].flatMap((flowCollectionPadding) =>
      [2, 4].map((indent): ToStringOptions => ({ lineWidth: 0, indentSeq, flowCollectionPadding, indent })),
    ),
  );
  const lines = new Set(text.split("\n"));
  const keptLines = (options: ToStringOptions): number =>
    parseText(text)
      .toString(options)
      .split("\n")
      .filter((line) => lines.has(line)).length;
  const scored = candidates.map((options) => ({ options, score: keptLines(options) }));
  return scored.reduce((best, candidate) => (candidate.score > best.score ? candidate : best)).options;
}

/**
 * The edited text with the layout of the source. The formatted texts differ from the source in white space only, so each line that the
 * edit kept is written as the source has it, and a new line is indented as its neighbors are there.
 */
function withLayoutOf(source: string, formatted: string, edited: string): string {
  if (source === formatted) return edited;
  const formattedLines = formatted.split("\n");
  const sourceLines = source.split("\n");
  if (!differOnlyInSpace(sourceLines, formattedLines)) return edited;
  const written: string[] = [];
  let position = 0;
  for (const { added, removed, value } of diffArrays(formattedLines, edited.split("\n"))) {
    if (added) written.push(...value.map((line) => indentedAs(line, nearestSibling(line, position))));
    else {
      if (!removed) written.push(...sourceLines.slice(position, position + value.length));
      position += value.length;
    }
  }
  const text = written.join("\n");
  return changesBetween(jsOf(edited), jsOf(text)).length === 0 ? text : edited;

  /** The indent that the source gives the nearest line of the same depth. */
  function nearestSibling(line: string, index: number): number {
    const siblings = [...formattedLines.keys()].filter(
      (i) => formattedLines[i]?.trim() !== "" && indentOf(formattedLines[i] ?? "") === indentOf(line),
    );
    const [nearest] = siblings.sort((a, b) => Math.abs(a - index) - Math.abs(b - index));
    return indentOf(nearest === undefined ? line : (sourceLines[nearest] ?? line));
  }
}

function differOnlyInSpace(a: readonly string[], b: readonly string[]): boolean {
  const compact = (line = ""): string => line.replace(/\s+/g, "");
  return a.length === b.length && a.every((line, i) => compact(line) === compact(b[i]));
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

const indentedAs = (line: string, indent: number): string => `${" ".repeat(indent)}${line.trimStart()}`;

function jsOf(text: string): unknown {
  const document = parseDocument(text);
  return document.errors.length > 0 ? null : document.toJS();
}

/** An anchor, or a file that has two connections of one id, could carry a change to a value that was not asked for. */
function refuseOtherChanges(source: string, edited: string, tenant: string, id: string, changes: readonly SettingChange[]): void {
  const previous = isEmptyFile(source) ? { version: 1 } : jsOf(source);
  const prefix = ["tenants", tenant, "connections", id];
  const isExpected = (path: readonly string[]): boolean => {
    const [shorter, longer] = path.length < prefix.length ? [path, prefix] : [prefix, path];
    if (!shorter.every((part, i) => part === longer[i])) return false;
    const below = path.slice(prefix.length);
    return below.length === 0 || below[0] === "id" || changes.some((change) => overlap(change.path, below));
  };
  const other = changesBetween(previous, jsOf(edited)).find(({ path }) => !isExpected(path));
  if (other) throw editError(`the change would also reach ${other.path.join(".")}. Edit the file by hand`);
}

const overlap = (a: readonly string[], b: readonly string[]): boolean => {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((part, i) => part === b[i]);
};

const isNull = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

const aliasError = (name: string): ConfigError => editError(`${name} is a YAML alias. Edit the file by hand`);

const editError = (message: string): ConfigError => new ConfigError([{ path: null, message, location: null }]);
