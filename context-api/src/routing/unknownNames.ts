import jsonata from "jsonata";

/** A name in an expression that stands for nothing. */
export interface UnknownName {
  name: string;
  /** In the expression, counted from 1. */
  position: number;
}

/**
 * Names with a dollar that neither JSONata nor the expression itself gives a meaning. Whatever the expression binds counts as known
 * everywhere in it: nothing that might work is told.
 * @throws for what is no JSONata
 */
export function unknownNames(source: string): UnknownName[] {
  const used: UnknownName[] = [];
  const bound = new Set(["", "$"]);
  visit(jsonata(source).ast(), (node) => {
    if (node.type === "variable") used.push({ name: node.value, position: node.position });
    if (node.type === "bind") bound.add(node.lhs.value);
    if (node.type === "lambda") for (const { value } of node.arguments) bound.add(value);
    for (const name of [node.focus, node.index]) if (typeof name === "string") bound.add(name);
  });
  return used.filter(({ name }) => !bound.has(name) && (clocks.has(name) || jsonatas.lookup(name) === undefined));
}

/** JSONata has them and a route doesn't: it sees the time of its event. */
const clocks = new Set(["now", "millis"]);

// biome-ignore lint/suspicious/noExplicitAny: JSONata's types know half of what its trees hold
type Tree = any;

function visit(node: Tree, each: (node: Tree) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (typeof node.type === "string") each(node);
  for (const member of Object.values(node)) visit(member, each);
}

/** JSONata's own names. It tells them to a function that it calls, and to nobody else. */
const jsonatas = await new Promise<jsonata.Environment>((resolve) => {
  const asking = jsonata("$ask()");
  asking.registerFunction("ask", function () {
    asking.assign("ask", undefined);
    resolve(this.environment);
  });
  void asking.evaluate({});
});
