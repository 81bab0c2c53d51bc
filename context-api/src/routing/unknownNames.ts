import jsonata from "jsonata";
import { ownFunctions } from "./calendarDay.ts";

/** An undefined name in an expression. */
export interface UnknownName {
  name: string;
  /** In the expression, counted from 1. */
  position: number;
}

/**
 * Names with a dollar that neither JSONata nor the expression defines. A name that the expression binds anywhere counts as defined
 * everywhere in it, so that no valid expression is refused.
 * @throws for invalid JSONata
 */
export function unknownNames(source: string): UnknownName[] {
  const references: UnknownName[] = [];
  const boundNames = new Set(["", "$"]);
  visit(jsonata(source).ast(), (node) => {
    if (node.type === "variable") references.push({ name: node.value, position: node.position });
    if (node.type === "bind") boundNames.add(node.lhs.value);
    if (node.type === "lambda") for (const { value } of node.arguments) boundNames.add(value);
    for (const name of [node.focus, node.index]) if (typeof name === "string") boundNames.add(name);
  });
  return references.filter(
    ({ name }) =>
      !boundNames.has(name) && !ownFunctions.has(name) && (clockFunctions.has(name) || builtIns.lookup(name) === undefined),
  );
}

/** Regular expressions in an expression. @throws for invalid JSONata */
export function regexesIn(source: string): RegExp[] {
  const regexes: RegExp[] = [];
  visit(jsonata(source).ast(), (node) => {
    if (node.type === "regex" && node.value instanceof RegExp) regexes.push(node.value);
  });
  return regexes;
}

/** JSONata defines them, but a route must not depend on the present time. */
const clockFunctions = new Set(["now", "millis"]);

// biome-ignore lint/suspicious/noExplicitAny: JSONata's types do not describe its syntax tree
type Tree = any;

function visit(node: Tree, onNode: (node: Tree) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (typeof node.type === "string") onNode(node);
  for (const member of Object.values(node)) visit(member, onNode);
}

/** JSONata's built-in names. Only a function that it calls gets access to them. */
const builtIns = await new Promise<jsonata.Environment>((resolve) => {
  const expression = jsonata("$capture()");
  expression.registerFunction("capture", function () {
    expression.assign("capture", undefined);
    resolve(this.environment);
  });
  void expression.evaluate({});
});
