import jsonata from "jsonata";
import { argumentsOf, isBuiltIn } from "./builtIns.ts";

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
  const tree = jsonata(source).ast();
  const boundNames = boundNamesIn(tree);
  const references: UnknownName[] = [];
  visit(tree, (node) => {
    if (node.type === "variable") references.push({ name: node.value, position: node.position });
  });
  return references.filter(({ name }) => !boundNames.has(name) && (clockFunctions.has(name) || !isBuiltIn(name)));
}

/** Calls of built-in functions with too few or too many arguments, in words. @throws for invalid JSONata */
export function wrongCalls(source: string): string[] {
  const tree = jsonata(source).ast();
  const boundNames = boundNamesIn(tree);
  const applied = new Set<Tree>();
  const problems: string[] = [];
  visit(tree, (node) => {
    // `list ~> $join(", ")` gives the first argument.
    if (node.type === "apply") applied.add(node.rhs);
    if (node.type !== "function" || node.procedure.type !== "variable" || boundNames.has(node.procedure.value)) return;
    const { value: name, position } = node.procedure;
    const expected = argumentsOf(name);
    const count = node.arguments.length + (applied.has(node) ? 1 : 0);
    if (expected === null || (count >= expected.min && count <= expected.max)) return;
    const numbers = expected.min === expected.max ? `${expected.min}` : `${expected.min} to ${expected.max}`;
    const location = position === undefined ? "" : `, at character ${position}`;
    problems.push(`$${name} takes ${numbers} argument${numbers === "1" ? "" : "s"}, not ${count}${location}`);
  });
  return problems;
}

/** Names that an expression binds, and those of the context. */
function boundNamesIn(tree: Tree): Set<string> {
  const boundNames = new Set(["", "$"]);
  visit(tree, (node) => {
    if (node.type === "bind") boundNames.add(node.lhs.value);
    if (node.type === "lambda") for (const { value } of node.arguments) boundNames.add(value);
    for (const name of [node.focus, node.index]) if (typeof name === "string") boundNames.add(name);
  });
  return boundNames;
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
