import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { merge } from "./merge.ts";
import { parsePlaced, placeAt, plain } from "./sourceLocation.ts";

type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

const merged = (below: Tree, above: Tree) =>
  merge(parsePlaced("below.yaml", stringify(below)), parsePlaced("above.yaml", stringify(above)));

const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("x", "y", "on", "1"), fc.constant(null));
/** Configurations of one form: values, lists of them, maps, and lists of things with an id. */
const tree = fc.letrec<{ map: { [key: string]: Tree }; items: Tree[] }>((tie) => ({
  map: fc.record(
    {
      a: scalar,
      b: scalar,
      list: fc.array(scalar, { maxLength: 3 }),
      map: fc.option(tie("map"), { depthSize: "small", nil: {} }),
      items: fc.option(tie("items"), { depthSize: "small", nil: [] }),
    },
    { requiredKeys: [] },
  ),
  items: fc.uniqueArray(
    fc.tuple(fc.constantFrom("one", "two", "three"), tie("map")).map(([id, rest]): Tree => ({ ...rest, id })),
    { maxLength: 3, selector: (item) => (item as { id: string }).id },
  ),
})).map;

/** Every value at the end of a path; things with an id are named by it. An empty map or list is a value of its own. */
function leaves(value: Tree, path = ""): Map<string, Tree> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  const hasIds = Array.isArray(value) && value.length > 0 && value.every((item) => isItem(item));
  if (Array.isArray(value) && !hasIds) return new Map([[path, value]]);
  const entries = Array.isArray(value)
    ? value.map((item) => [(item as { id: string }).id, item] as const)
    : Object.entries(value);
  if (entries.length === 0) return new Map([[path, {}]]);
  return new Map(entries.flatMap(([name, member]) => [...leaves(member, `${path}/${name}`)]));
}
const isItem = (item: Tree): boolean => typeof item === "object" && item !== null && "id" in item;
const isWithin = (path: string, other: string) => path === other || path.startsWith(`${other}/`);

describe("a configuration over another", () => {
  it("wins in every value that it has, and changes nothing else", () => {
    fc.assert(
      fc.property(tree, tree, (below, above) => {
        const result = leaves(plain(merged(below, above)) as Tree);
        const [own, others] = [leaves(above), leaves(below)];
        for (const [path, value] of own) {
          // An empty map over a full one takes nothing away.
          if (JSON.stringify(value) !== "{}") expect(result.get(path), path).toEqual(value);
        }
        for (const [path, value] of others) {
          const isCovered = [...own.keys()].some((p) => isWithin(path, p) || isWithin(p, path));
          if (!isCovered) expect(result.get(path), path).toEqual(value);
        }
        for (const path of result.keys()) expect(path === "" || own.has(path) || others.has(path), path).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("over nothing, or under nothing, is itself", () => {
    fc.assert(
      fc.property(tree, (one) => {
        expect(plain(merged({}, one))).toEqual(one);
        expect(plain(merged(one, {}))).toEqual(one);
        expect(plain(merged(one, one))).toEqual(one);
      }),
    );
  });

  it("joins things by their id, in the order of the lower, and puts new ones at the end", () => {
    const below = { routes: [{ id: "a", to: "x", on: ["p", "q"] }, { id: "b" }] };
    const above = { routes: [{ id: "c" }, { id: "a", on: ["r"] }] };
    expect(plain(merged(below, above))).toEqual({ routes: [{ id: "a", to: "x", on: ["r"] }, { id: "b" }, { id: "c" }] });
  });

  it("replaces lists of anything else, and empties one by an empty one", () => {
    expect(plain(merged({ l: [1, 2] }, { l: [3] }))).toEqual({ l: [3] });
    expect(plain(merged({ l: [{ id: "a" }] }, { l: [] }))).toEqual({ l: [] });
    expect(plain(merged({ l: [{ id: "a" }] }, { l: [{ kind: "b" }] }))).toEqual({ l: [{ kind: "b" }] });
    expect(plain(merged({ l: { a: 1 } }, { l: null }))).toEqual({ l: null });
  });

  it("keeps an id that stands twice, for the check to refuse", () => {
    const twice = {
      l: [
        { id: "a", n: 1 },
        { id: "a", n: 2 },
      ],
    };
    expect(plain(merged({ l: [{ id: "a", m: 0 }] }, twice))).toEqual({
      l: [
        { id: "a", m: 0, n: 1 },
        { id: "a", n: 2 },
      ],
    });
  });

  it("knows of each value where it stands", () => {
    const root = merge(
      parsePlaced("below.yaml", "a:\n  b: 1\n  list:\n    - id: x\n      n: 1\n      m: 1\n"),
      parsePlaced("above.yaml", "# ours\na:\n  list:\n    - { id: x, n: 2 }\n    - id: y\n"),
    );
    const at = (...path: PropertyKey[]) => Object.values(placeAt(root, path)).join(":");
    expect(at("a", "b")).toBe("below.yaml:2");
    expect(at("a", "list", 0, "m")).toBe("below.yaml:6");
    expect(at("a", "list", 0, "n")).toBe("above.yaml:4");
    expect(at("a", "list", 1)).toBe("above.yaml:5");
    expect(at("a", "list", 1, "absent")).toBe("above.yaml:5");
    expect(at("a", "absent", "deeper")).toBe("above.yaml:2");
    expect(at("absent")).toBe("above.yaml:");
  });
});
