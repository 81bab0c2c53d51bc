import { RE2JS } from "re2js";

/** Longest pattern, in characters: a counted repetition of a long pattern would need much memory. */
const maxPatternLength = 500;

/**
 * A regular expression that takes time in proportion to the text, for JSONata's `RegexEngine`. It has no look-around and no
 * back-references.
 */
export class LinearRegex {
  lastIndex = 0;
  readonly #regex: RE2JS;

  /** @throws for a pattern that is too long, or uses what takes more than linear time */
  constructor({ source, flags }: RegExp) {
    if (source.length > maxPatternLength) throw new Error(`is longer than ${maxPatternLength} characters`);
    this.#regex = RE2JS.compile(RE2JS.translateRegExp(source), flagsOf(flags));
  }

  exec(text: string): RegExpExecArray | null {
    const matcher = this.#regex.matcher(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined);
    this.lastIndex = matcher.end();
    return Object.assign(groups, { index: matcher.start(), input: text }) as unknown as RegExpExecArray;
  }
}

function flagsOf(flags: string): number {
  const values: Record<string, number> = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
  return [...flags].reduce((sum, flag) => sum | (values[flag] ?? 0), 0);
}

/** Why a regular expression cannot be used; null when it can. */
export function regexProblem(regex: RegExp): string | null {
  try {
    new LinearRegex(regex);
    return null;
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : "is invalid";
    return `the regular expression /${regex.source.slice(0, 60)}/ cannot be used (${cause}). Look-around and back-references are not supported.`;
  }
}
