import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

// Sets or removes a value in the text of a YAML file by changing only the characters of that value: a document that is written again loses layout,
// blank lines and the form of other values. The caller compares the result with the expected values.

/** A step into a map by its key, into a list by the `id` of its item, or to the end of a list by the next index. */
export type Step = string | { id: string };

/** The text with the value at a path; null when it takes more than an insertion. The last missing step of a list adds an item. */
export function withValue(text: string, path: readonly Step[], value: unknown): string | null {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return null;
  let place: Place = { node: contents as Node, holder: null, flow: isFlow(contents) };
  for (const [i, step] of path.entries()) {
    const next = child(place, step);
    if (next === null) return withMissing(text, place, step, nested(path.slice(i + 1), value));
    place = next;
  }
  return replaced(text, place, value);
}

/** The text without the pair at a path; null when it takes more than a removal. Comments on lines of their own stay. */
export function withoutValue(text: string, path: readonly Step[]): string | null {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return null;
  let place: Place = { node: contents as Node, holder: null, flow: isFlow(contents) };
  for (const step of path) {
    const next = child(place, step);
    if (next === null) return text;
    place = next;
  }
  return place.holder === null ? null : withoutPair(text, place.holder);
}

function withoutPair(text: string, { pair, map }: { pair: Pair<Node>; map: YAMLMap }): string | null {
  const index = map.items.indexOf(pair as never);
  const [previous, next] = [map.items[index - 1], map.items[index + 1]];
  const [start, end] = [startOf(pair), contentEnd(text, pair)];
  if (start === null || end === null) return null;
  const nextStart = next ? startOf(next) : null;
  if (isFlow(map)) {
    const previousEnd = previous ? contentEnd(text, previous) : null;
    if (previousEnd !== null) return text.slice(0, previousEnd) + text.slice(end);
    return text.slice(0, start) + text.slice(nextStart ?? end);
  }
  // The first pair of a list's item is behind its dash. The only one leaves an empty map.
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const isBehindDash = text.slice(lineStart, start).trim() !== "";
  if (isBehindDash) return nextStart === null ? null : text.slice(0, start) + text.slice(nextStart);
  if (map.items.length === 1) return withEmptyMap(text, lineStart, end);
  return text.slice(0, lineStart) + text.slice(lineEndAfter(text, end, columnOf(text, start) + 1) + 1);
}

/** `key:` with its only pair on the line below becomes `key: {}`; null when there is a comment between. */
function withEmptyMap(text: string, lineStart: number, end: number): string | null {
  const keyLine = text.slice(0, lineStart).trimEnd();
  return keyLine.endsWith(":") ? `${keyLine} {}${text.slice(end)}` : null;
}

interface Place {
  node: Node | null;
  /** The pair that has the node; null for the file and for items of a list. */
  holder: { pair: Pair<Node>; map: YAMLMap } | null;
  /** Inside `{}` or `[]`. */
  flow: boolean;
}

const isFlow = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.flow === true;
const isBlank = (node: Node | null): boolean =>
  node === null || (isScalar(node) && node.value === null) || ((isMap(node) || isSeq(node)) && node.items.length === 0);

function child({ node, flow }: Place, step: Step): Place | null {
  if (typeof step === "string") {
    const pair = isMap(node) ? (node.items as Pair<Node>[]).find(({ key }) => isScalar(key) && key.value === step) : undefined;
    if (!pair || !isMap(node)) return null;
    const value = pair.value as Node | null;
    return { node: value, holder: { pair, map: node }, flow: flow || isFlow(value) };
  }
  const item = isSeq(node) ? node.items.find((candidate) => isMap(candidate) && candidate.get("id") === step.id) : undefined;
  return isMap(item) ? { node: item, holder: null, flow: flow || isFlow(item) } : null;
}

/** The value below the steps that are missing. */
const nested = (steps: readonly Step[], value: unknown): unknown =>
  steps.reduceRight<unknown>((inner, step) => (typeof step === "string" ? { [step]: inner } : [inner]), value);

function withMissing(text: string, place: Place, step: Step, value: unknown): string | null {
  const { node, flow } = place;
  if (isBlank(node)) return filled(text, place, typeof step === "string" ? { [step]: value } : [value]);
  if (isMap(node) && typeof step === "string")
    return flow ? inFlow(text, node, { [step]: value }) : inMap(text, node, { [step]: value });
  const isNext = isSeq(node) && (typeof step !== "string" || step === String(node.items.length));
  if (!isNext) return null;
  return flow ? inFlow(text, node, [value]) : inList(text, node, value);
}

function replaced(text: string, { node, flow }: Place, value: unknown): string | null {
  if (!node?.range || isBlank(node)) return null;
  const [start, end] = node.range;
  if (isScalar(node) && node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED")
    return text.slice(0, start) + scalarText(node, value, flow) + text.slice(end);
  if (isFlow(node)) return text.slice(0, start) + flowText(text, node, value) + text.slice(end);
  return isSeq(node) && Array.isArray(value) ? withItems(text, node, value) : null;
}

/** Replaces the items of a list of lines. */
function withItems(text: string, node: YAMLSeq, items: readonly unknown[]): string | null {
  const [start, end] = [startOf(node.items[0]), contentEnd(text, node)];
  if (start === null || end === null || items.length === 0) return null;
  const dash = text.lastIndexOf("-", start);
  return text.slice(0, dash) + indented(block(items), columnOf(text, dash)).trimStart() + text.slice(end);
}

function scalarText({ type }: Scalar, value: unknown, flow: boolean): string {
  if (typeof value === "string" && type === "QUOTE_DOUBLE") return JSON.stringify(value);
  if (typeof value === "string" && type === "QUOTE_SINGLE" && !/[\n\r]/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return flow || (typeof value === "object" && value !== null) ? plainFlow(value) : block(value);
}

const options = { lineWidth: 0 } as const;
const block = (value: unknown): string => stringify(value, options).trimEnd();
/** As an item of a flow list, which needs more quotes than a value of a block. */
const plainFlow = (value: unknown): string =>
  stringify([value], { ...options, collectionStyle: "flow" })
    .trim()
    .slice(1, -1)
    .trim();

/** In JSON's notation where the file has it. */
function flowText(text: string, near: Node, value: unknown): string {
  const firstQuote = /["'A-Za-z]/.exec(text.slice(near.range?.[0] ?? 0))?.[0];
  return firstQuote === '"' ? JSON.stringify(value) : plainFlow(value);
}

/** Adds a pair or an item to a flow collection that has others, on a line of its own where the others have one. */
function inFlow(text: string, node: YAMLMap | YAMLSeq, addition: object): string | null {
  const last = contentEnd(text, node.items.at(-1));
  const [first] = node.items;
  const start = startOf(first);
  if (last === null || start === null || !node.range) return null;
  const hasLines = text.slice(node.range[0], start).includes("\n");
  const members = flowText(text, node, addition).slice(1, -1).trim();
  return `${text.slice(0, last)},${hasLines ? `\n${" ".repeat(columnOf(text, start))}` : " "}${members}${text.slice(last)}`;
}

function inMap(text: string, node: YAMLMap, addition: object): string | null {
  const start = startOf(node.items[0]);
  const last = contentEnd(text, node);
  if (start === null || last === null) return null;
  const column = columnOf(text, start);
  return inserted(text, lineEndAfter(text, last, column), indented(block(addition), column));
}

function inList(text: string, node: YAMLSeq, item: unknown): string | null {
  const start = startOf(node.items[0]);
  const last = contentEnd(text, node);
  if (start === null || last === null) return null;
  const dash = text.lastIndexOf("-", start);
  const column = columnOf(text, dash);
  return inserted(text, lineEndAfter(text, last, column + 1), indented(block([item]), column));
}

/** Puts the first content into `key:`, `key: {}` or `key: null`. */
function filled(text: string, { node, holder }: Place, value: object): string | null {
  const key = holder?.pair.key.range;
  if (!holder || !key) return null;
  const [start, end] = node?.range ?? [key[1] + 1, key[1] + 1];
  if (isFlow(holder.map)) return `${text.slice(0, start)}${flowText(text, holder.map, value)}${text.slice(end)}`;
  const column = columnOf(text, key[0]) + 2;
  const emptied = start < end ? text.slice(0, start).trimEnd() + text.slice(end) : text;
  return inserted(emptied, lineEndAfter(emptied, key[1], Number.POSITIVE_INFINITY), indented(block(value), column));
}

const inserted = (text: string, position: number, lines: string): string =>
  position >= text.length ? `${text.trimEnd()}\n${lines}\n` : `${text.slice(0, position)}\n${lines}${text.slice(position)}`;

const indented = (text: string, column: number): string => text.replaceAll(/^(?=.)/gm, " ".repeat(column));

const columnOf = (text: string, position: number): number => position - (text.lastIndexOf("\n", position - 1) + 1);

/** The end of the line, and of the comments below it that are indented at least this far. */
function lineEndAfter(text: string, position: number, column: number): number {
  let end = lineEnd(text, position);
  for (;;) {
    const next = text.slice(end + 1, lineEnd(text, end + 1));
    if (end >= text.length || !/^ *#/.test(next) || next.indexOf("#") < column) return end;
    end += 1 + next.length;
  }
}

function lineEnd(text: string, position: number): number {
  const end = text.indexOf("\n", position);
  return end === -1 ? text.length : end;
}

/** Start of a pair's key or of an item. */
function startOf(item: unknown): number | null {
  const node = isPair(item) ? item.key : item;
  return (node as Node | undefined)?.range?.[0] ?? null;
}

/** End of the last character of a node's or pair's content, without comments. */
function contentEnd(text: string, node: unknown): number | null {
  if (isPair(node)) {
    const value = node.value as Node | null;
    const isEmpty = value === null || (isScalar(value) && value.source === "");
    return contentEnd(text, isEmpty ? node.key : value);
  }
  if ((isMap(node) || isSeq(node)) && !isFlow(node) && node.items.length > 0) return contentEnd(text, node.items.at(-1));
  const end = (node as Node | undefined)?.range?.[1];
  return end === undefined ? null : text.slice(0, end).trimEnd().length;
}
