const rtlLanguages = new Set(["ar", "dv", "fa", "he", "ps", "ur", "yi"]);

export function directionOf(locale: string): "ltr" | "rtl" {
  return rtlLanguages.has(locale.split("-")[0]?.toLowerCase() ?? "") ? "rtl" : "ltr";
}

/** First strong isolate and its end (UAX #9): what is between them keeps its own direction and moves nothing around it. */
const [isolateStart, isolateEnd] = ["\u2068", "\u2069"];
const isolateMarks = /[\u2066-\u2069]/g;
const bidiControl = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/;
const rtlLetter = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const isolatedText = /^\u2068[^\u2066-\u2069]*\u2069$/;

const wrap = (text: string): string =>
  isolatedText.test(text) ? text : isolateStart + text.replace(isolateMarks, "") + isolateEnd;

/**
 * How a value is put between other words of a language. Amounts, dates and names keep their order: each of them in a text that runs
 * from right to left, and the names that do so in other texts.
 */
export function createIsolator(locale: string): (text: string) => string {
  const isRtl = directionOf(locale) === "rtl";
  return (text) => (text !== "" && (isRtl || bidiControl.test(text) || rtlLetter.test(text)) ? wrap(text) : text);
}

/**
 * Keeps a text in the direction of its language when it starts with an isolated value. Without the mark, a browser that finds the
 * direction by the first letter (`<bdi>`) takes that of the value: "Zendesk" would turn an Arabic sentence around.
 */
export function createDirectionKeeper(locale: string): (text: string) => string {
  const mark = directionOf(locale) === "rtl" ? "\u200f" : "\u200e";
  return (text) => (text.startsWith(isolateStart) && !isolatedText.test(text) ? mark + text : text);
}

/** An answer in which no text changes the direction of what follows it: an override that a customer wrote ends with its text. */
export const withContainedDirections = <T>(answer: T): T => (hasControl(answer) ? (contained(answer) as T) : answer);

function hasControl(value: unknown): boolean {
  if (typeof value === "string") return bidiControl.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some(hasControl);
}

function contained(value: unknown): unknown {
  if (typeof value === "string") return bidiControl.test(value) ? wrap(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(contained);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, contained(member)]));
}
