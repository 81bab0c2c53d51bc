import { useState } from "react";

interface Props {
  text: string;
  label: string;
  copied: string;
  /** The name of the button where the label alone would not tell what is copied. */
  name?: string;
}

/** Copies a text. Says so to the eye and to a screen reader. */
export function CopyButton({ text, label, copied, name }: Props) {
  const [isCopied, setCopied] = useState(false);
  return (
    <>
      <button
        type="button"
        className="link"
        aria-label={isCopied ? undefined : name}
        onClick={() => void copyText(text).then(setCopied)}
      >
        {isCopied ? copied : label}
      </button>
      <span className="visually-hidden" aria-live="polite">
        {isCopied ? copied : ""}
      </span>
    </>
  );
}

/** A frame may have no access to the clipboard; the older command still works there. @returns whether it was copied */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const { activeElement } = document;
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus({ preventScroll: true });
  return isCopied;
}
