import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { ConfigError, type SourceLocation } from "./issues.ts";

/** A value of a configuration with its location. */
export type LocatedNode = SourceLocation &
  (
    | { kind: "map"; members: ReadonlyMap<string, LocatedNode> }
    | { kind: "list"; items: readonly LocatedNode[] }
    | { kind: "value"; value: unknown }
  );

/** Parses the text of one file. @throws {ConfigError} when it is not YAML */
export function parseWithLocations(file: string, text: string): LocatedNode {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [syntaxError] = document.errors;
  if (syntaxError) throw unreadable({ file, line: lines.linePos(syntaxError.pos[0]).line }, syntaxError.message);
  return locateNode(resolveAliases(), document.contents, { file, line: null });

  /** Fails for aliases without an anchor, and for aliases that grow without limit. */
  function resolveAliases(): unknown {
    try {
      return document.toJS();
    } catch (error) {
      throw unreadable({ file, line: null }, error instanceof Error ? error.message : "cannot be read");
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
