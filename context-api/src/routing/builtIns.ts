import jsonata from "jsonata";
import { registerCalendarDay } from "./calendarDay.ts";

/** The names that every expression has: JSONata's and ours. Only a function that JSONata calls gets access to them. */
const environment = await new Promise<jsonata.Environment>((resolve) => {
  const expression = jsonata("$capture()");
  registerCalendarDay(expression);
  expression.registerFunction("capture", function () {
    expression.assign("capture", undefined);
    resolve(this.environment);
  });
  void expression.evaluate({});
});

export const isBuiltIn = (name: string): boolean => environment.lookup(name) !== undefined;

/** How many arguments a built-in function takes; null when it is none, or takes any number. */
export function argumentsOf(name: string): { min: number; max: number } | null {
  const signature: unknown = environment.lookup(name)?.signature?.definition;
  return typeof signature === "string" ? countParameters(signature) : null;
}

/** Parameters of a signature such as `<s-(sf)n?:a<s>>`: `-` takes the context when it is left out, `?` may be missing, `+` repeats. */
function countParameters(signature: string): { min: number; max: number } | null {
  const parameters =
    signature
      .slice(1)
      .replace(/<[^<>]*>/g, "")
      .split(":")[0]
      ?.match(/(\([a-z]*\)|[a-z])[-+?]?/g) ?? [];
  if (parameters.some((parameter) => parameter.endsWith("+"))) return null;
  return { min: parameters.filter((parameter) => !/[-?]$/.test(parameter)).length, max: parameters.length };
}
