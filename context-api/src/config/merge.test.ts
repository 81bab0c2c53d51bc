import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { merge } from "./merge.ts";
import { locationAt, parseWithLocations, plain } from "./sourceLocation.ts";

type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

const merged = (below: Tree, above: Tree) =>
  merge(parseWithLocations("below.yaml", stringify(below)), parseWithLocations("above.yaml", stringify(above)));

const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("x", "y", "on", "1"), fc.constant(null));
/** Configurations of values, lists of values, maps, and lists of items with an id. */
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
    fc.tuple(fc.constantFrom("one", "two", "three"), tie("map")).map(([id, members]): Tree => ({ ...members, id })),
    { maxLength: 3, selector: (item) => (item as { id: string }).id },
  ),
})).map;

/** Every value at the end of a path; items are named by their id. An empty map or list is a value. */
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
const isWithin = (path: string, parent: string) => path === parent || path.startsWith(`${parent}/`);

describe("merge", () => {
  it("takes every value of the upper configuration and keeps all other values", () => {
    fc.assert(
      fc.property(tree, tree, (below, above) => {
        const result = leaves(plain(merged(below, above)) as Tree);
        const [upper, lower] = [leaves(above), leaves(below)];
        for (const [path, value] of upper) {
          // An empty map removes nothing.
          if (JSON.stringify(value) !== "{}") expect(result.get(path), path).toEqual(value);
        }
        for (const [path, value] of lower) {
          const isCovered = [...upper.keys()].some((p) => isWithin(path, p) || isWithin(p, path));
          if (!isCovered) expect(result.get(path), path).toEqual(value);
        }
        for (const path of result.keys()) expect(path === "" || upper.has(path) || lower.has(path), path).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("changes nothing when either side is empty or both are equal", () => {
    fc.assert(
      fc.property(tree, (config) => {
        expect(plain(merged({}, config))).toEqual(config);
        expect(plain(merged(config, {}))).toEqual(config);
        expect(plain(merged(config, config))).toEqual(config);
      }),
    );
  });

  it("merges items by id in the order of the lower list and appends new ones", () => {
    const below = { routes: [{ id: "a", to: "x", on: ["p", "q"] }, { id: "b" }] };
    const above = { routes: [{ id: "c" }, { id: "a", on: ["r"] }] };
    expect(plain(merged(below, above))).toEqual({ routes: [{ id: "a", to: "x", on: ["r"] }, { id: "b" }, { id: "c" }] });
  });

  it("replaces lists of values, also by an empty list", () => {
    expect(plain(merged({ l: [1, 2] }, { l: [3] }))).toEqual({ l: [3] });
    expect(plain(merged({ l: [{ id: "a" }] }, { l: [] }))).toEqual({ l: [] });
    expect(plain(merged({ l: [{ id: "a" }] }, { l: [{ kind: "b" }] }))).toEqual({ l: [{ kind: "b" }] });
    expect(plain(merged({ l: { a: 1 } }, { l: null }))).toEqual({ l: null });
  });

  it("keeps a repeated id, so that the schema refuses it", () => {
    const listWithRepeatedId = {
      l: [
        { id: "a", n: 1 },
        { id: "a", n: 2 },
      ],
    };
    expect(plain(merged({ l: [{ id: "a", m: 0 }] }, listWithRepeatedId))).toEqual({
      l: [
        { id: "a", m: 0, n: 1 },
        { id: "a", n: 2 },
      ],
    });
  });

  it("keeps the location of each value", () => {
    const root = merge(
      parseWithLocations("below.yaml", "a:\n  b: 1\n  list:\n    - id: x\n      n: 1\n      m: 1\n"),
      parseWithLocations("above.yaml", "# ours\na:\n  list:\n    - { id: x, n: 2 }\n    - id: y\n"),
    );
    const location = (...path: PropertyKey[]) => Object.values(locationAt(root, path)).join(":");
    expect(location("a", "b")).toBe("below.yaml:2");
    expect(location("a", "list", 0, "m")).toBe("below.yaml:6");
    expect(location("a", "list", 0, "n")).toBe("above.yaml:4");
    expect(location("a", "list", 1)).toBe("above.yaml:5");
    expect(location("a", "list", 1, "absent")).toBe("above.yaml:5");
    expect(location("a", "absent", "deeper")).toBe("above.yaml:2");
    expect(location("absent")).toBe("above.yaml:");
  });
});
