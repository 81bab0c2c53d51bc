/** The part of `polished` that Garden uses, over the color functions that Garden loads anyway: 5 kB less. See `vite.config.ts`. */
import * as color from "color2k";

/** @param amount is added to the lightness, -1 to 1 */
function lightened(value: string, amount: number): string {
  if (value === "transparent") return value;
  const [hue, saturation, lightness, alpha] = color.parseToHsla(value);
  const percent = (share: number): string => `${(100 * Math.min(1, Math.max(0, share))).toFixed(3)}%`;
  return color.toHex(`hsla(${hue.toFixed(3)}, ${percent(saturation)}, ${percent(lightness + amount)}, ${alpha})`);
}

export const darken = (amount: number | string, value: string): string => lightened(value, -Number(amount));
export const lighten = (amount: number | string, value: string): string => lightened(value, Number(amount));

export function rgba(value: string, alpha: number): string {
  const [red, green, blue] = color.parseToRgba(value);
  return color.rgba(red, green, blue, alpha);
}

export const getContrast = (first: string, second: string): number => Number(color.getContrast(first, second).toFixed(2));

/** The text color for a background that has enough contrast. */
export function readableColor(background: string, onLight = "#000", onDark = "#fff"): string {
  const isLight = color.getLuminance(background) > 0.179;
  const textColor = isLight ? onLight : onDark;
  if (getContrast(background, textColor) >= 4.5) return textColor;
  return isLight ? "#000" : "#fff";
}

const measure = /^([+-]?(?:\d+|\d*\.\d+))([a-z]*|%)$/;

export function getValueAndUnit(value: string | number): [number | string, string | undefined] {
  if (typeof value !== "string") return [value, ""];
  const unit = measure.exec(value)?.[2];
  return unit === undefined ? [value, undefined] : [Number.parseFloat(value), unit];
}

export const stripUnit = (value: string | number): number | string => getValueAndUnit(value)[0];

export const em = (pixels: string | number, base: string | number = "16px"): string =>
  `${Number(stripUnit(pixels)) / Number(stripUnit(base))}em`;

/** Calculates with + - * / and parentheses; the result has the unit of the formula. */
export function math(formula: string): string {
  const unit = /\d(px|r?em|%)/.exec(formula)?.[1] ?? "";
  const tokens = formula.replace(/(\d)(?:px|r?em|%)/g, "$1").match(/\d*\.?\d+|[-+*/()]/g) ?? [];
  let next = 0;

  function sum(): number {
    let value = product();
    while (tokens[next] === "+" || tokens[next] === "-") value += tokens[next++] === "+" ? product() : -product();
    return value;
  }
  function product(): number {
    let value = factor();
    while (tokens[next] === "*" || tokens[next] === "/") value *= tokens[next++] === "*" ? factor() : 1 / factor();
    return value;
  }
  function factor(): number {
    const token = tokens[next++];
    if (token === "-") return -factor();
    if (token !== "(") return Number(token);
    const value = sum();
    next++;
    return value;
  }

  return `${sum()}${unit}`;
}

export const hideVisually = () => ({
  border: "0",
  clip: "rect(0 0 0 0)",
  height: "1px",
  margin: "-1px",
  overflow: "hidden",
  padding: "0",
  position: "absolute",
  whiteSpace: "nowrap",
  width: "1px",
});
