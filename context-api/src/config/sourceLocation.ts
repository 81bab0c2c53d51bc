import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { ConfigError, type Place } from "./issues.ts";

/** A value of a configuration that knows where it stands. */
export type Placed = Place &
  (
    | { kind: "map"; members: ReadonlyMap<string, Placed> }
    | { kind: "list"; items: readonly Placed[] }
    | { kind: "value"; value: unknown }
  );

/** Reads one file's text. @throws {ConfigError} for what is no YAML */
export function parsePlaced(file: string, text: string): Placed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw unreadable({ file, line: lines.linePos(broken.pos[0]).line }, broken.message);
  return placed(followed(), document.contents, { file, line: null });

  /** Aliases are followed only now: to nowhere, perhaps, or without end. */
  function followed(): unknown {
    try {
      return document.toJS();
    } catch (error) {
      throw unreadable({ file, line: null }, error instanceof Error ? error.message : "cannot be read");
    }
  }

  function placed(value: unknown, node: unknown, place: Place): Placed {
    const source = isAlias(node) ? node.resolve(document) : node;
    if (Array.isArray(value)) {
      const nodes = isSeq(source) ? source.items : [];
      return { ...place, kind: "list", items: value.map((item, i) => placed(item, nodes[i], placeOf(nodes[i], place))) };
    }
    if (typeof value !== "object" || value === null) return { ...place, kind: "value", value };
    const pairs = new Map((isMap(source) ? source.items : []).map((pair) => [keyText(pair), pair]));
    const members = Object.entries(value).map(([key, member]): [string, Placed] => {
      const pair = pairs.get(key);
      return [key, placed(member, pair?.value, placeOf(pair?.key, place))];
    });
    return { ...place, kind: "map", members: new Map(members) };
  }

  function placeOf(node: unknown, parent: Place): Place {
    const start = (node as Node | undefined)?.range?.[0];
    return start === undefined ? parent : { file, line: lines.linePos(start).line };
  }
}

const keyText = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);

const unreadable = (place: Place, message: string) => new ConfigError([{ path: null, message, place }]);

/** The value alone. */
export function plain(placed: Placed): unknown {
  if (placed.kind === "value") return placed.value;
  if (placed.kind === "list") return placed.items.map(plain);
  return Object.fromEntries([...placed.members].map(([key, member]) => [key, plain(member)]));
}

/** Where the value at a path stands, or the nearest one above it. */
export function placeAt(root: Placed, path: readonly PropertyKey[]): Place {
  let found = root;
  for (const key of path) {
    const next: Placed | undefined =
      found.kind === "map" ? found.members.get(String(key)) : found.kind === "list" ? found.items[Number(key)] : undefined;
    if (!next) break;
    found = next;
  }
  return { file: found.file, line: found.line };
}
