import en from "./messages/en.json" with { type: "json" };

export type MessageKey = keyof typeof en;
/** A message with one text per plural category of `Intl.PluralRules`: `tickets.one`, `tickets.other`. */
export type PluralKey = { [K in MessageKey]: K extends `${infer Base}.other` ? Base : never }[MessageKey];
/** A language's texts. May be incomplete. */
export type Messages = Readonly<Record<string, string>>;
export type Params = Readonly<Record<string, string | number>>;

export interface Translator {
  (key: MessageKey, params?: Params): string;
  plural(key: PluralKey, count: number, params?: Params): string;
  /** For keys made of a value from outside: the fallback is shown when nobody wrote a text for it. */
  maybe(key: string, fallback: string, params?: Params): string;
}

export const english: Messages = en;

/** @param number formats numeric parameters in the reader's locale */
export function createTranslator(locale: string, messages: Messages, number: (value: number) => string): Translator {
  const rules = pluralRules(locale);
  const find = (key: string): string | undefined => own(messages, key) ?? own(english, key);
  const fill = (text: string, params: Params = {}): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      return value === undefined ? whole : typeof value === "number" ? number(value) : isolate(value);
    });
  const translate = (key: MessageKey, params?: Params): string => fill(find(key) ?? "", params);
  const plural = (key: PluralKey, count: number, params: Params = {}): string => {
    // English plurals for an English fallback: a language without this message has no say in its form.
    const inLanguage = own(messages, `${key}.${rules.select(count)}`) ?? own(messages, `${key}.other`);
    const text = inLanguage ?? own(english, `${key}.${count === 1 ? "one" : "other"}`) ?? own(english, `${key}.other`) ?? "";
    return fill(text, { ...params, count });
  };
  const maybe = (key: string, fallback: string, params?: Params): string => {
    const text = find(key);
    return text === undefined ? fallback : fill(text, params);
  };
  return Object.assign(translate, { plural, maybe });
}

const rtlLanguages = new Set(["ar", "dv", "fa", "he", "ps", "ur", "yi"]);

export function directionOf(locale: string): "ltr" | "rtl" {
  return rtlLanguages.has(locale.split("-")[0]?.toLowerCase() ?? "") ? "rtl" : "ltr";
}

const bidiControls = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/;

/** Keeps a direction override inside a customer's text from turning our words around (UAX #9, FSI … PDI). */
export function isolate(text: string): string {
  return bidiControls.test(text) ? `\u2068${text.replace(/[\u2066-\u2069]/g, "")}\u2069` : text;
}

function own(messages: Messages, key: string): string | undefined {
  return Object.hasOwn(messages, key) ? messages[key] : undefined;
}

function pluralRules(locale: string): Intl.PluralRules {
  try {
    return new Intl.PluralRules(locale);
  } catch {
    return new Intl.PluralRules("en");
  }
}
