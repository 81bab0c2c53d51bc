/**
 * The part of `styled-components` that Garden's components use, over the nesting that CSS has in browsers: 9 kB less. See
 * `vite.config.ts`.
 */
import { type ComponentType, createContext, createElement, forwardRef, type ReactNode, useContext } from "react";

type Props = Record<string, unknown>;
type Attributes = Props | ((props: Props) => Props);
/** A text, what computes one from the props, a component as a selector, an object of declarations. */
type Style = unknown;

interface Definition {
  target: string | ComponentType<Props>;
  /** One class for each component that this one extends: selectors name them. */
  ids: readonly string[];
  attributes: readonly Attributes[];
  styles: readonly Style[];
}

/** What other components extend. */
const definitions = new WeakMap<object, Definition>();

const ThemeContext = createContext<Props>({});

/** Gives the components inside a theme. */
export const ThemeProvider = ({ theme, children }: { theme: Props; children?: ReactNode }) =>
  createElement(ThemeContext.Provider, { value: theme }, children);

/** Styles that other styles contain. */
export const css = (texts: readonly string[], ...styles: Style[]): Style[] =>
  texts.flatMap((text, index) => [text, styles[index]]);

/** Garden's arrows and menus are not in this build. */
export function keyframes(): never {
  throw new Error("Animations of Garden are not in this build. Add them to apps/zendesk/src/slim/styled.ts.");
}

interface Builder {
  (texts: readonly string[], ...styles: Style[]): ComponentType<Props>;
  attrs(attributes: Attributes): Builder;
  withConfig(config: { componentId: string }): Builder;
}

function styledOf(target: Definition["target"]): Builder {
  const base = typeof target === "string" ? undefined : definitions.get(target);
  return builder(base ?? { target, ids: [], attributes: [], styles: [] });
}

const builder = (definition: Definition): Builder =>
  Object.assign(
    (texts: readonly string[], ...styles: Style[]) =>
      componentOf({ ...definition, styles: [...definition.styles, css(texts, ...styles)] }),
    {
      attrs: (attributes: Attributes) => builder({ ...definition, attributes: [...definition.attributes, attributes] }),
      withConfig: ({ componentId }: { componentId: string }) => builder({ ...definition, ids: [...definition.ids, componentId] }),
    },
  );

/** `styled.button`, and `styled(Button)`. */
export default new Proxy(styledOf, { get: (_, tag: string) => styledOf(tag) });

let componentCount = 0;

function componentOf(definition: Definition): ComponentType<Props> {
  const { target, ids, attributes, styles } = definition;
  const position = componentCount++;
  // biome-ignore lint/correctness/noComponentHookFactories: Garden calls this once for each component, when its module loads
  const Styled = forwardRef<unknown, Props>((ownProps, ref) => {
    const theme = useContext(ThemeContext);
    let props: Props = { theme, ...ownProps };
    for (const addition of attributes) props = { ...props, ...(typeof addition === "function" ? addition(props) : addition) };
    const classes = [...ids, classOf(textOf(styles, props), position), props["className"]];
    const element = (props["as"] ?? target) as ComponentType<Props>;
    return createElement(element, {
      ...forwardedProps(props),
      className: classes.filter(Boolean).join(" "),
      ...(ref && { ref }),
    });
  });
  definitions.set(Styled, definition);
  return Styled as unknown as ComponentType<Props>;
}

/** Props with a dollar sign are for the styles alone. */
const forwardedProps = (props: Props): Props =>
  Object.fromEntries(Object.entries(props).filter(([name, prop]) => !/^(\$|as$|theme$)/.test(name) && prop !== undefined));

function textOf(style: Style, props: Props): string {
  if (style === null || style === undefined || style === false) return "";
  if (Array.isArray(style)) return style.map((part) => textOf(part, props)).join("");
  if (typeof style === "function") return textOf(style(props), props);
  if (typeof style !== "object") return String(style);
  const definition = definitions.get(style);
  if (definition) return `.${definition.ids.at(-1)}`;
  return Object.entries(style).map(declarationOf).join("");
}

function declarationOf([name, text]: [string, unknown]): string {
  if (text === null || text === undefined || text === false) return "";
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${text};`;
}

const classNames = new Map<string, string>();
/** Position of the component of each rule. */
const positions: number[] = [];
let sheet: CSSStyleSheet | undefined;

/**
 * The class of a text of declarations and nested rules, which is added to the page once: in the order in which the components were
 * defined, because a later one overrides what an earlier one declares with the same weight.
 */
function classOf(text: string, position: number): string {
  const key = `${position} ${text}`;
  const existing = classNames.get(key);
  if (existing !== undefined) return existing;
  const name = `garden-${classNames.size}`;
  classNames.set(key, name);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
  }
  const index = positions.findLastIndex((other) => other <= position) + 1;
  positions.splice(index, 0, position);
  sheet.insertRule(`.${name}{${text}}`, index);
  return name;
}
