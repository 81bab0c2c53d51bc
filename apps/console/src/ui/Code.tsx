interface Props {
  text: string;
  /** Names it for a screen reader. */
  label: string;
}

/** YAML or JSON. It scrolls in itself, also by keyboard. */
export const Code = ({ text, label }: Props) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reached by keyboard
  <section className="json" aria-label={label} tabIndex={0}>
    <pre>{text}</pre>
  </section>
);
