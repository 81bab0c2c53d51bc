import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { ConfigError, type SourceLocation } from "./issues.ts";

/** A value of a configuration with its location. */
export type LocatedNode = SourceLocation &
  (
    | { kind: "map"; members: ReadonlyMap<string, LocatedNode> }
    | { kind: "list"; items: readonly LocatedNode[] }
    | { kind: "value"; value: unknown }
  );

/** Far above any real configuration. A file beyond one of these is refused before it is used. */
const maxBytes = 1024 * 1024;
const maxDepth = 64;
const tooDeep = `is nested deeper than ${maxDepth} levels`;
/** Values of the file, each counted as often as an alias repeats it. */
const maxValues = 100_000;
/** One error can cause many others after it. */
const maxSyntaxErrors = 5;

/** Parses the text of one file. @throws {ConfigError} when it is not YAML, or is too large, too deep, or contains itself */
export function parseWithLocations(file: string, text: string): LocatedNode {
  const wholeFile = { file, line: null };
  if (Buffer.byteLength(text) > maxBytes)
    throw unreadable(wholeFile, `is larger than ${maxBytes / 1024} KB; split it with include`);
  const lines = new LineCounter();
  const document = parse();
  const [syntaxError] = document.errors;
  // The parser recurses for each level.
  if (syntaxError && /call stack/i.test(syntaxError.message)) throw unreadable(wholeFile, tooDeep);
  if (syntaxError)
    throw new ConfigError(
      document.errors.slice(0, maxSyntaxErrors).map(({ message, pos: [start] }) => {
        return { path: null, message, location: { file, line: lines.linePos(start).line } };
      }),
    );
  let values = 0;
  checkStructure(document.contents, [], wholeFile);
  return locateNode(resolveAliases(), document.contents, { file, line: null });

  function parse(): ReturnType<typeof parseDocument> {
    try {
      return parseDocument(text, { lineCounter: lines, prettyErrors: false });
    } catch {
      throw unreadable(wholeFile, tooDeep);
    }
  }

  /** Follows aliases as their use would: one that contains itself has no end, and aliases of aliases grow with every level. */
  function checkStructure(node: unknown, parents: readonly unknown[], parentLocation: SourceLocation): void {
    const location = locationOf(node, parentLocation);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target && parents.includes(target)) throw unreadable(location, `the alias *${node.source} contains itself`);
      if (target) checkStructure(target, parents, location);
      return;
    }
    if (++values > maxValues) throw unreadable(location, `its aliases make more than ${maxValues} values`);
    if (parents.length > maxDepth) throw unreadable(location, tooDeep);
    const children = isSeq(node) ? node.items : isMap(node) ? node.items.flatMap(({ key, value }) => [key, value]) : [];
    for (const child of children) checkStructure(child, [...parents, node], location);
  }

  /** Fails for aliases without an anchor, and for aliases that grow without limit. */
  function resolveAliases(): unknown {
    try {
      return document.toJS();
    } catch (error) {
      throw unreadable(wholeFile, error instanceof Error ? error.message : "cannot be read");
    }
  }

  function locateNode(value: unknown, node: unknown, location: SourceLocation): LocatedNode {
    const source = isAlias(node) ? node.resolve(document) : node;
    if (Array.isArray(value)) {
      const nodes = isSeq(source) ? source.items : [];
      const items = value.map((item, i) => locateNode(item, nodes[i], locationOf(nodes[i], location)));
      return { ...location, kind: "list", items };
    }
    if (typeof value !== "object" || value === null) return { ...location, kind: "value", value };
    const pairs = new Map((isMap(source) ? source.items : []).map((pair) => [keyText(pair), pair]));
    const members = Object.entries(value).map(([key, member]): [string, LocatedNode] => {
      const pair = pairs.get(key);
      return [key, locateNode(member, pair?.value, locationOf(pair?.key, location))];
    });
    return { ...location, kind: "map", members: new Map(members) };
  }

  function locationOf(node: unknown, parent: SourceLocation): SourceLocation {
    const start = (node as Node | undefined)?.range?.[0];
    return start === undefined ? parent : { file, line: lines.linePos(start).line };
  }
}

const keyText = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

const unreadable = (location: SourceLocation, message: string) => new ConfigError([{ path: null, message, location }]);

/** The value without locations. */
export function plain(node: LocatedNode): unknown {
  if (node.kind === "value") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.members].map(([key, member]) => [key, plain(member)]));
}

/** The location of the value at a path, or of the nearest value above it. */
export function locationAt(root: LocatedNode, path: readonly PropertyKey[]): SourceLocation {
  let node = root;
  for (const key of path) {
    const child: LocatedNode | undefined =
      node.kind === "map" ? node.members.get(String(key)) : node.kind === "list" ? node.items[Number(key)] : undefined;
    if (!child) break;
    node = child;
  }
  return { file: node.file, line: node.line };
}
