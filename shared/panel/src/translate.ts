import { createDirectionKeeper, createIsolator } from "./direction.ts";
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
  /** For keys that contain a value from the API: the fallback is shown for a value without a text. */
  maybe(key: string, fallback: string, params?: Params): string;
  /** A text beside others: keeps its own direction, as interpolated values do. */
  isolate(text: string): string;
  /** A text that begins with an isolated part: runs in the direction of the language. */
  keepDirection(text: string): string;
}

export const english: Messages = en;

/** Adds texts of a part that loads late, in a build that leaves them out of the first load. */
export const addEnglish = (texts: Messages): void => void Object.assign(english, texts);

/** @param number formats numeric parameters in the reader's locale */
export function createTranslator(locale: string, messages: Messages, number: (value: number) => string): Translator {
  const rules = pluralRules(locale);
  const isolate = createIsolator(locale);
  const keepDirection = createDirectionKeeper(locale);
  const find = (key: string): string | undefined => textOf(messages, key) ?? textOf(english, key);
  const fill = (text: string, params: Params = {}): string =>
    keepDirection(
      text.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
        const value = params[name];
        return value === undefined ? placeholder : isolate(typeof value === "number" ? number(value) : value);
      }),
    );
  const translate = (key: MessageKey, params?: Params): string => fill(find(key) ?? "", params);
  const plural = (key: PluralKey, count: number, params: Params = {}): string => {
    // An English fallback follows the English plural rules.
    const translation = textOf(messages, `${key}.${rules.select(count)}`) ?? textOf(messages, `${key}.other`);
    const text =
      translation ?? textOf(english, `${key}.${count === 1 ? "one" : "other"}`) ?? textOf(english, `${key}.other`) ?? "";
    return fill(text, { ...params, count });
  };
  const maybe = (key: string, fallback: string, params?: Params): string => {
    const text = find(key);
    return text === undefined ? fallback : fill(text, params);
  };
  return Object.assign(translate, { plural, maybe, isolate, keepDirection });
}

function textOf(messages: Messages, key: string): string | undefined {
  return Object.hasOwn(messages, key) ? messages[key] : undefined;
}

const rulesByLocale = new Map<string, Intl.PluralRules>();

/** Costly to create, and needed for each view. */
function pluralRules(locale: string): Intl.PluralRules {
  const rules = rulesByLocale.get(locale) ?? newPluralRules(locale);
  rulesByLocale.set(locale, rules);
  return rules;
}

function newPluralRules(locale: string): Intl.PluralRules {
  try {
    return new Intl.PluralRules(locale);
  } catch {
    return new Intl.PluralRules("en");
  }
}
