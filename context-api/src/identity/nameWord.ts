/** A word of a name in the forms that are compared. */
export interface NameWord {
  /** Lower case, ASCII. */
  text: string;
  /** `text` with ae, oe and ue as one letter, and the end of short forms as y: Müller, Mueller and Muller are equal, Robbie and Robby too. */
  key: string;
}

/** @param text folded */
export const keyOf = (text: string): string =>
  text
    .replace(/([aou])e/g, "$1")
    .replace(/ph/g, "f")
    .replace(/(.)\1+/g, "$1");
