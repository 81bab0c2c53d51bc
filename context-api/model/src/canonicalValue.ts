/**
 * One text for all forms in which platforms write the same value: trimmed text, `3` and `"3.0"`, `2026-11-21T09:00:00Z` and
 * `2026-11-21T09:00:00.000+0000`, lists in any order.
 */
export function canonicalValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(canonicalValue).sort().join(";");
  if (typeof value === "object")
    return JSON.stringify(Object.entries(value).map(([key, member]) => [key, canonicalValue(member)]));
  return canonicalText(String(value));
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const dayPattern = /^\d{4}-\d\d-\d\d$/;
const instantPattern = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;
const addressPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function canonicalText(input: string): string {
  const text = input.normalize("NFC").replace(/\s+/g, " ").trim();
  // Long digit strings are ids. A number would lose their last digits.
  if (text.length <= 17 && numberPattern.test(text) && !/^[+-]?0\d/.test(text)) return numberText(Number(text));
  if (instantPattern.test(text)) return instantText(text);
  // Longer texts are no address. The limit keeps the pattern fast.
  if (text.length <= 320 && addressPattern.test(text)) return text.toLowerCase();
  if (/^(true|false)$/i.test(text)) return text.toLowerCase();
  // Several values of a list field, whose order the platform decides.
  if (text.includes(";")) return text.split(";").map(canonicalText).sort().join(";");
  return text;
}

const numberText = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(15))) : "");

function instantText(text: string): string {
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isFinite(ms) ? new Date(ms).toISOString() : text;
}

/** Larger than the number of decimals of any platform's fields. */
const maxDecimals = 8;

/**
 * The canonical forms in which a platform may report a value that was written: a number can come back rounded, an instant without
 * its milliseconds or as its day, a tag in lower case, a value of a drop-down in the case of the drop-down. Of a list also its values,
 * because a platform may combine it with those of other fields.
 */
export function canonicalForms(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set([canonicalValue(value), ...value.flatMap(canonicalForms)])];
  const forms = new Set([canonicalValue(value)]);
  const [exact = ""] = forms;
  if (typeof value === "boolean") forms.add(value ? "1" : "0");
  if (numberPattern.test(exact)) for (const form of roundedForms(Number(exact))) forms.add(form);
  if (dayPattern.test(exact)) forms.add(`${exact}T00:00:00.000Z`);
  if (exact.endsWith("Z") && instantPattern.test(exact)) {
    forms.add(exact.slice(0, 10));
    forms.add(`${exact.slice(0, 19)}.000Z`);
    forms.add(`${exact.slice(0, 16)}:00.000Z`);
  }
  if (typeof value === "string") {
    const lowerCase = exact.toLowerCase();
    forms.add(lowerCase);
    forms.add(lowerCase.replaceAll(" ", "_"));
    forms.add(exact.toUpperCase());
    forms.add(withCapital(lowerCase));
    forms.add(lowerCase.split(" ").map(withCapital).join(" "));
  }
  return [...forms];
}

const withCapital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function roundedForms(value: number): string[] {
  return Array.from({ length: maxDecimals + 1 }, (_, decimals) => {
    const scale = 10 ** decimals;
    const scaledValue = value * scale;
    return [
      Math.round(scaledValue),
      Math.sign(scaledValue) * Math.round(Math.abs(scaledValue)),
      Math.trunc(scaledValue),
      Math.floor(scaledValue),
    ].map((integer) => numberText(integer / scale));
  }).flat();
}
