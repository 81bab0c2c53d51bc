import { didYouMean } from "../config/didYouMean.ts";
import { parse } from "./expression.ts";
import { objectShape, type Shape, union } from "./shapes.ts";

// Follows the names of an expression through the document. Where it cannot know what a value is, every name is accepted, so that no
// valid expression is refused.

// biome-ignore lint/suspicious/noExplicitAny: JSONata's types do not describe its syntax tree
type Tree = any;

interface Scope {
  root: Shape;
  /** Shape of the current context, `$`. */
  context: Shape;
  variables: ReadonlyMap<string, Shape>;
}

/** What is wrong with the names that an expression reads of a document. @throws {ExpressionError} for invalid JSONata */
export function unknownMembers(source: string, document: Shape): string[] {
  const problems: string[] = [];
  /** What `%` refers to, by JSONata's label of the step that reads a member of it. */
  const parents = new Map<string, Shape>();
  shapeOf(parse(source), { root: document, context: document, variables: new Map() });
  return [...new Set(problems)];

  function shapeOf(node: Tree, scope: Scope): Shape {
    if (typeof node !== "object" || node === null) return "any";
    const shape = unfiltered(node, scope);
    const inner = { ...scope, context: shape };
    for (const { expr, type } of [...(node.predicate ?? []), ...(node.stages ?? [])]) if (type === "filter") shapeOf(expr, inner);
    if (!node.group) return node.focus || node.index ? "any" : shape;
    visitPairs(node.group.lhs, inner);
    return "any";
  }

  function unfiltered(node: Tree, scope: Scope): Shape {
    switch (node.type) {
      case "name":
        return member(node, scope.context);
      case "path":
        return path(node.steps, scope);
      case "variable":
        return node.value === "" ? scope.context : node.value === "$" ? scope.root : (scope.variables.get(node.value) ?? "any");
      case "block":
        return block(node.expressions, scope);
      case "unary":
        return node.value === "{"
          ? object(node.lhs, scope)
          : node.value === "["
            ? list(node.expressions, scope)
            : visit(scope, node.expression);
      case "condition":
        visit(scope, node.condition);
        return [node.then, node.else].flatMap((branch) => (branch ? [shapeOf(branch, scope)] : [])).reduce(union);
      case "parent":
        return parents.get(node.slot.label) ?? "any";
      case "wildcard":
        return membersOf(scope.context).reduce(union, "scalar");
      case "descendant":
        return descendantsOf(scope.context).reduce(union, "scalar");
      case "bind":
        return shapeOf(node.rhs, scope);
      case "lambda": {
        const parameters = node.arguments.map(({ value }: Tree): [string, Shape] => [value, "any"]);
        return visit({ ...scope, variables: new Map([...scope.variables, ...parameters]) }, node.body);
      }
      case "function":
        return call(node, scope);
      case "partial":
        return visit(scope, node.procedure, ...node.arguments);
      case "binary":
        return comparison(node, scope);
      case "apply":
        return node.rhs.type === "function"
          ? call({ ...node.rhs, arguments: [node.lhs, ...node.rhs.arguments] }, scope)
          : visit(scope, node.lhs, node.rhs);
      case "string":
      case "number":
        return "scalar";
      default:
        return "any";
    }
  }

  function visit(scope: Scope, ...nodes: Tree[]): Shape {
    for (const node of nodes) shapeOf(node, scope);
    return "any";
  }

  function path(steps: Tree[], scope: Scope): Shape {
    let context = scope.context;
    for (const step of steps) {
      if (step.type === "sort") {
        for (const { expression } of step.terms) shapeOf(expression, { ...scope, context });
        continue;
      }
      if (step.ancestor) parents.set(step.ancestor.label, context);
      context = shapeOf(step, { ...scope, context });
    }
    return context;
  }

  function block(expressions: Tree[], scope: Scope): Shape {
    const variables = new Map(scope.variables);
    let last: Shape = "any";
    for (const expression of expressions) {
      last = shapeOf(expression, { ...scope, variables });
      if (expression.type === "bind") variables.set(expression.lhs.value, last);
    }
    return last;
  }

  function object(pairs: [Tree, Tree][], scope: Scope): Shape {
    const shapes = visitPairs(pairs, scope);
    return pairs.every(([key]) => key.type === "string")
      ? objectShape(Object.fromEntries(pairs.map(([key], i) => [key.value, shapes[i] ?? "any"])))
      : "any";
  }

  function visitPairs(pairs: [Tree, Tree][], scope: Scope): Shape[] {
    return pairs.map(([key, value]) => {
      shapeOf(key, scope);
      return shapeOf(value, scope);
    });
  }

  function list(items: Tree[], scope: Scope): Shape {
    const shapes = items.map((item) => shapeOf(item, scope));
    return shapes.length === 1 ? (shapes[0] ?? "any") : "any";
  }

  /** Functions that call another one with the items of a list, or the members of an object, say what its parameters are. */
  function call({ procedure, arguments: [list, lambda, ...otherArguments] }: Tree, scope: Scope): Shape {
    const items = shapeOf(list, scope);
    shapeOf(procedure, scope);
    const name = procedure.type === "variable" ? procedure.value : "";
    if (name === "lookup" && lambda?.type === "string") return member(lambda, items);
    const parameterShapes = Object.hasOwn(lambdaParameters, name) ? lambdaParameters[name]?.(items) : undefined;
    if (parameterShapes && lambda?.type === "lambda") {
      const parameters = lambda.arguments.map(({ value }: Tree, i: number): [string, Shape] => [
        value,
        parameterShapes[i] ?? "any",
      ]);
      visit({ ...scope, variables: new Map([...scope.variables, ...parameters]) }, lambda.body, ...otherArguments);
    } else visit(scope, lambda, ...otherArguments);
    return itemFunctions.includes(name) ? items : "any";
  }

  /** A comparison with a text that the value never has. */
  function comparison({ value: operator, lhs, rhs }: Tree, scope: Scope): Shape {
    const [leftShape, right] = [shapeOf(lhs, scope), shapeOf(rhs, scope)];
    if (["=", "!=", "in"].includes(operator)) compareTexts(leftShape, rhs);
    if (["=", "!="].includes(operator)) compareTexts(right, lhs);
    return "any";
  }

  function compareTexts(shape: Shape, comparedTree: Tree): void {
    if (typeof shape !== "object" || !("values" in shape) || shape.values.length === 0) return;
    const isList = comparedTree.type === "unary" && comparedTree.value === "[";
    for (const { type, value: text, position } of isList ? comparedTree.expressions : [comparedTree]) {
      if (type !== "string" || shape.values.includes(text)) continue;
      const suggestion = didYouMean(text, shape.values) || `; there are: ${shape.values.join(", ")}`;
      problems.push(`the value is never ${JSON.stringify(text)}, at character ${position}${suggestion}`);
    }
  }

  function member({ value: name, position }: Tree, context: Shape): Shape {
    if (context === "any") return "any";
    const location = position === undefined ? "" : `, at character ${position}`;
    if (context === "scalar" || "values" in context) {
      problems.push(`${name} is read of a value that has no members${location}`);
      return "any";
    }
    const shape = context.members.get(name);
    if (shape !== undefined) return shape;
    const names = [...context.members.keys()];
    const suggestion = didYouMean(name, names) || `; there are: ${names.join(", ")}`;
    problems.push(`there is no ${name}${location}${suggestion}`);
    return "any";
  }
}

/** Functions that return items of their first argument. */
const itemFunctions: readonly string[] = ["filter", "single", "sort", "reverse", "distinct", "shuffle"];

/** Shapes of a lambda's parameters, by the function that calls it with its first argument. */
const lambdaParameters: Record<string, (argument: Shape) => Shape[]> = {
  map: (items) => [items],
  filter: (items) => [items],
  single: (items) => [items],
  sort: (items) => [items, items],
  reduce: (items) => ["any", items],
  each: (object) => [membersOf(object).reduce(union, "scalar")],
  sift: (object) => [membersOf(object).reduce(union, "scalar")],
};

/** Shapes of a value's members. */
const membersOf = (shape: Shape): Shape[] =>
  typeof shape === "object" && "members" in shape ? [...shape.members.values()] : [shape === "any" ? "any" : "scalar"];

/** The shape and those of all values in it. */
const descendantsOf = (shape: Shape): Shape[] =>
  typeof shape === "object" && "members" in shape ? [shape, ...membersOf(shape).flatMap(descendantsOf)] : [shape];
